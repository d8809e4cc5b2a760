"""SavedModel: a folder for TensorFlow Serving and everything else that runs TensorFlow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.backend import keras

FILE = "saved_model"
PRECISIONS = ("float32",)
DETAILS: dict[str, Any] = {}

PASSPORT = Path("assets.extra", "saccade.json")
"""Here a SavedModel keeps the files of other programs."""


def write(network: Any, path: Path, metadata: Mapping[str, str], *, precision: str, samples: NDArray[np.uint8]) -> None:
    """Write a SavedModel folder with the endpoint `serve`, and the metadata among its extra files."""
    signature = [keras.InputSpec(shape=network.input_shape, dtype="uint8", name="pixels")]
    network.export(path, format="tf_saved_model", input_signature=signature, verbose=False)
    (path / PASSPORT).parent.mkdir()
    (path / PASSPORT).write_text(json.dumps(metadata, ensure_ascii=False, indent=2), encoding="utf-8")
