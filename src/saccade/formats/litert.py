"""LiteRT (.tflite): for Android, iOS and microcontrollers; formerly TensorFlow Lite."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.backend import keras

FILE = "model.tflite"
PRECISIONS = ("float32",)
DETAILS: dict[str, Any] = {}

PASSPORT = "saccade.json"
"""A .tflite file keeps the files of other programs in an archive after its end: `unzip -p model.tflite`."""


def write(network: Any, path: Path, metadata: Mapping[str, str], *, precision: str, samples: NDArray[np.uint8]) -> None:
    """Write a .tflite file, and the metadata into the archive at its end."""
    signature = [keras.InputSpec(shape=network.input_shape, dtype="uint8", name="pixels")]
    network.export(path, format="litert", input_signature=signature, verbose=False)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(PASSPORT, json.dumps(metadata, ensure_ascii=False, indent=2))
