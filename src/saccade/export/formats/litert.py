"""LiteRT (.tflite): for Android, iOS and microcontrollers; formerly TensorFlow Lite."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.signature import Signature
from saccade.export.formats import _keras
from saccade.inference.engines.litert import METADATA

FILE = "model.tflite"
PRECISIONS = ("float32",)
DTYPES = ("float32",)
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
    """Write a .tflite file, and the metadata into the archive at its end."""
    _keras.write(network, path, "litert")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(METADATA, json.dumps(metadata, ensure_ascii=False, indent=2))
