"""OpenVINO answers with a folder of model.xml and model.bin, or with its .xml file."""

import json
from pathlib import Path

import numpy as np
import openvino

from saccade.core.arrays import Array
from saccade.inference.engines._opened import Opened

SUFFIX = ".xml"
METADATA = "saccade"
"""The entry of the file's runtime information; JSON in one piece, because OpenVINO reads "[…]" as a list."""


def load(path: Path) -> Opened:
    """Return a network and what it says of itself; raises RuntimeError when it is none."""
    model = openvino.Core().read_model(path / "model.xml" if path.is_dir() else path)
    metadata = json.loads(model.get_rt_info([METADATA]).astype(str))
    # its default on new processors is bfloat16, which differs by 0.007
    hint = "bf16" if metadata.get("precision") == "bfloat16" else "f32"
    compiled = openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": hint})

    def answer(inputs: Array) -> tuple[Array, ...]:
        found = compiled(inputs)
        return tuple(np.asarray(found[each]) for each in compiled.outputs)

    return Opened(answer, metadata)
