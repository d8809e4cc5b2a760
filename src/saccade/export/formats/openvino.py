"""OpenVINO: a folder with model.xml and model.bin, for Intel's processors and graphics."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openvino

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.signature import Signature
from saccade.export.formats import onnx
from saccade.inference.engines.openvino import METADATA

FILE = "openvino"
PRECISIONS = ("float32", "bfloat16", "int8")
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
    """Write a folder with model.xml, the metadata in it, and model.bin.

    It is made of the ONNX file. "bfloat16" keeps the weights in float32 and is an order to compute in it, which
    OpenVINO follows on processors that have it; so the file answers on all others too, as float32 does.
    """
    path.mkdir()
    kept = "int8" if precision == "int8" else "float32"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Windows: OpenVINO holds the file open
        plain = Path(folder) / "plain.onnx"
        onnx.write(network, plain, {}, signature=signature, precision=kept, samples=samples)
        model = openvino.Core().read_model(plain)
        model.set_rt_info(json.dumps(metadata, ensure_ascii=False), [METADATA])
        openvino.save_model(model, path / "model.xml", compress_to_fp16=False)
