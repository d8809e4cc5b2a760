"""SavedModel: a folder for TensorFlow Serving and everything else that runs TensorFlow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.signature import Signature
from saccade.export.formats import _keras
from saccade.inference.engines.saved_model import METADATA

FILE = "saved_model"
PRECISIONS = ("float32",)
DTYPES = ("float32", "float64")
DETAILS: dict[str, Any] = {}


def write(
    network: Model,
    path: Path,
    metadata: Mapping[str, str],
    *,
    signature: Signature,
    precision: str,
    samples: Array,
) -> None:
    """Write a SavedModel folder with the endpoint `serve`, and the metadata among its extra files."""
    _keras.write(network, path, "tf_saved_model")
    (path / METADATA).parent.mkdir()
    (path / METADATA).write_text(json.dumps(metadata, ensure_ascii=False, indent=2), encoding="utf-8")
