"""LiteRT (.tflite): for Android, iOS and microcontrollers; formerly TensorFlow Lite."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from saccade.core.signature import Signature
from saccade.export.formats import _keras
from saccade.inference.engines.litert import METADATA

FILE = "model.tflite"
PRECISIONS = ("float32",)
DTYPES = ("float32",)
DETAILS: dict[str, Any] = {}


def write(
    network: Any,
    path: Path,
    metadata: Mapping[str, str],
    *,
    signature: Signature,
    precision: str,
    samples: NDArray[Any],
) -> None:
    """Write a .tflite file, and the metadata into the archive at its end."""
    _keras.write(network, path, "litert")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(METADATA, json.dumps(metadata, ensure_ascii=False, indent=2))
