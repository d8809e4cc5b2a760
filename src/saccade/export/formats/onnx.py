"""ONNX: read by ONNX Runtime on every system, in browsers and phones; the one that `saccade predict` prefers."""

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tf2onnx  # noqa: F401  (Keras asks for it only while it exports: what is missing is said before)
from numpy.typing import NDArray
from onnx import helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from saccade.export.formats import _keras

OPSET = 17
"""Read by ONNX Runtime since 1.13 (2022); newer ones bring nothing that these networks use."""

FILE = "model.onnx"
PRECISIONS = ("float32", "float16", "int8")
DETAILS = {"opset": OPSET}

END = ("Softmax", "Log", "Max", "Mul", "Div")
"""Of these the last layers are made: softmax, then calibration. They stay in float32, because the logarithm of a small
probability needs more than float16 and int8 can hold."""

ANSWERS = {"pixels": "probabilities", "columns": "contributions"}
"""What comes out, by the name of what goes in."""

SCORE = "score"
"""The second output of a network for rows: for programs that want no more than this."""

CALIBRATION_BATCH = 32


def write(network: Any, path: Path, metadata: Mapping[str, str], *, precision: str, samples: NDArray[np.uint8]) -> None:
    """Write an .onnx file and check that it is valid.

    Args:
        network: a Keras model of images, (n, h, w, c) uint8 → (n, k), or of rows, (n, d) float32 → (n, d).
        path: of the file.
        metadata: kept in the file.
        precision: "float32", "float16" (half the size) or "int8" (a quarter; computes in integers).
        samples: (m, h, w, c) training images, from which int8 learns the range of each layer.

    Raises:
        onnx.checker.ValidationError: Keras wrote an invalid file.
    """
    _keras.write(network, path, "onnx", opset_version=OPSET)
    if precision == "int8":
        _quantise(path, samples)
    model = onnx.load(path)
    if precision == "float16":
        model = _halved(model)
    _name_ends(model)
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)  # Keras reports success also on invalid files
    onnx.save(model, path)


def _name_ends(model: Any) -> None:
    """Call the answers and the first axis "batch" by names that say what they are, not "Identity:0" and "unk__48"."""
    graph = model.graph
    old, new = graph.output[0].name, ANSWERS[graph.input[0].name]
    for node in graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
        node.input[:] = [new if name == old else name for name in node.input]
    graph.output[0].name = new
    for end in (graph.input[0], graph.output[0]):
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
    if new == ANSWERS["columns"]:
        _add_up(graph)


def _add_up(graph: Any) -> None:
    """Add the output "score", (n,) float64: what Saccade itself makes of the contributions."""
    (contributions,) = graph.output
    graph.node.extend(
        [
            helper.make_node("Cast", [contributions.name], ["summands"], to=onnx.TensorProto.DOUBLE),
            helper.make_node("ReduceSum", ["summands", "columns_axis"], [SCORE], keepdims=0),
        ]
    )
    graph.initializer.append(helper.make_tensor("columns_axis", onnx.TensorProto.INT64, [1], [1]))
    graph.output.append(helper.make_tensor_value_info(SCORE, onnx.TensorProto.DOUBLE, ["batch"]))


def _halved(model: Any) -> Any:
    """Return the model with weights and sums in float16."""
    halved = convert_float_to_float16(model, keep_io_types=True, node_block_list=_end(model))
    OnnxModel.graph_topological_sort(halved.graph)  # the casts were put at the end, which is not valid
    return halved


def _quantise(path: Path, samples: NDArray[np.uint8]) -> None:
    """Turn the file's layers into integer ones, their ranges measured on samples (static quantisation)."""
    prepared = path.with_name("prepared.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)  # the batch is the only symbol; would need SymPy
    quantize_static(
        prepared,
        path,
        _Samples(samples),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=_end(onnx.load(prepared)),
    )


def _end(model: Any) -> list[str]:
    """Return the names of the last nodes, as far as they are of the end."""
    return [node.name for node in takewhile(lambda node: node.op_type in END, reversed(model.graph.node))]


class _Samples(CalibrationDataReader):
    """Batches of images, as ONNX Runtime asks for them: one after the other, then None."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        starts = range(0, len(images), CALIBRATION_BATCH)
        self._batches = iter([{"pixels": images[start : start + CALIBRATION_BATCH]} for start in starts])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._batches, None)
