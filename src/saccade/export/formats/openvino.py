"""OpenVINO: a folder with model.xml and model.bin, for Intel's processors and graphics."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openvino

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.signature import Signature
from saccade.export.formats import _keras
from saccade.inference.engines.openvino import METADATA

FILE = "openvino"
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
    """Write a folder with model.xml, the metadata in it, and model.bin."""
    path.mkdir()
    plain = path / "plain.xml"
    _keras.write(network, plain, "openvino")
    model = openvino.Core().read_model(plain)
    model.set_rt_info(json.dumps(metadata, ensure_ascii=False), [METADATA])
    openvino.save_model(model, path / "model.xml", compress_to_fp16=False)
    del model  # holds plain.bin open
    for file in path.glob("plain.*"):
        file.unlink()
