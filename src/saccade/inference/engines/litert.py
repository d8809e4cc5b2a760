"""LiteRT (formerly TensorFlow Lite) answers with a .tflite file."""

import json
import zipfile
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from saccade.core.arrays import Array
from saccade.inference.engines._opened import Opened

SUFFIX = ".tflite"
METADATA = "saccade.json"
"""A .tflite file keeps the files of other programs in an archive after its end: `unzip -p model.tflite`."""


def load(path: Path) -> Opened:
    """Return a network and what it says of itself; raises what LiteRT or zipfile raises when it is none."""
    with zipfile.ZipFile(path) as archive:
        metadata = json.loads(archive.read(METADATA))
    interpreter = Interpreter(model_path=str(path))
    (taken,), given = interpreter.get_input_details(), _in_order(interpreter)
    one_at_a_time = Lock()  # an interpreter holds one batch

    def answer(inputs: Array) -> tuple[Array, ...]:
        with one_at_a_time:
            interpreter.resize_tensor_input(taken["index"], inputs.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(taken["index"], inputs)
            interpreter.invoke()
            return tuple(np.array(interpreter.get_tensor(each["index"])) for each in given)

    return Opened(answer, metadata)


def _in_order(interpreter: Interpreter) -> list[dict[str, Any]]:
    """Return the outputs in the order of the network, which they keep by name only: output_0, output_1 and so on."""
    outputs = interpreter.get_signature_runner().get_output_details()
    return [outputs[name] for name in sorted(outputs, key=lambda name: int(name.rpartition("_")[2]))]
