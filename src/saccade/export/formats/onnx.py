"""ONNX: read by ONNX Runtime on every system, in browsers and phones; the one that `saccade predict` prefers."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import tf2onnx  # noqa: F401  (Keras asks for it only while it exports: what is missing is said before)
from onnx import helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.signature import Signature
from saccade.export.formats import _keras
from saccade.inference.layer_graph import OPSET, NotPlainError, to_onnx

FILE = "model.onnx"
PRECISIONS = ("float32", "float16", "int8")
DTYPES = ("float32", "float64")
DETAILS = {"opset": OPSET}

END = ("Identity", "Softmax", "Log", "Max", "Mul", "Div")
"""Of these the last layers are made: softmax, then calibration. They stay in float32, because the logarithm of a small
probability needs more than float16 and int8 can hold."""

CALIBRATION_BATCH = 32


def write(
    network: Model,
    path: Path,
    metadata: Mapping[str, str],
    *,
    signature: Signature,
    precision: str,
    samples: Array,
) -> None:
    """Write an .onnx file and check that it is valid.

    Args:
        network: a Keras model of one input; its outputs in the order of the signature.
        path: of the file.
        metadata: kept in the file.
        signature: how the ends are called.
        precision: "float32", "float16" (half the size) or "int8" (a quarter; computes in integers).
        samples: (m, ...) training inputs, from which int8 learns the range of each layer.

    Raises:
        onnx.checker.ValidationError: Keras wrote an invalid file.
    """
    _convert(network, path)
    if precision == "int8":
        _quantise(path, signature.input.name, samples)
    model = onnx.load(path)
    if precision == "float16":
        model = _halved(model)
    _name_ends(model.graph, signature)
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)  # Keras reports success also on invalid files
    onnx.save(model, path)


def _convert(network: Model, path: Path) -> None:
    """Write the network of plain layers at once, any other by tf2onnx, which takes 5 to 15 seconds."""
    try:
        onnx.save(to_onnx(network), path)
    except NotPlainError:
        _keras.write(network, path, "onnx", opset_version=OPSET)


def _name_ends(graph: Any, signature: Signature) -> None:
    """Call the outputs as the signature does, and the first axis "batch"; not "Identity:0" and "unk__48"."""
    names = {end.name: spec.name for end, spec in zip(graph.output, signature.outputs, strict=True)}
    for node in graph.node:
        node.output[:] = [names.get(name, name) for name in node.output]
        node.input[:] = [names.get(name, name) for name in node.input]
    for end in graph.output:
        end.name = names[end.name]
    for end in (*graph.input, *graph.output):
        end.type.tensor_type.shape.dim[0].dim_param = "batch"


def _halved(model: Model) -> Any:
    """Return the model with weights and sums in float16."""
    halved = convert_float_to_float16(model, keep_io_types=True, node_block_list=_end(model))
    OnnxModel.graph_topological_sort(halved.graph)  # the casts were put at the end, which is not valid
    return halved


def _quantise(path: Path, name: str, samples: Array) -> None:
    """Turn the file's layers into integer ones, their ranges measured on samples (static quantisation).

    Weights are unsigned as activations are: of signed ones, processors with AVX2 but without VNNI add two products in
    16 bits, which overflow, so that a file answered otherwise there than where it was compared.
    """
    prepared = path.with_name("prepared.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)  # the batch is the only symbol; would need SymPy
    with _no_warnings_logged():
        quantize_static(
            prepared,
            path,
            _Samples(name, samples),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "MatMul", "Gemm"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QUInt8,
            nodes_to_exclude=_end(onnx.load(prepared)),
        )


@contextmanager
def _no_warnings_logged() -> Iterator[None]:
    """Keep the library from logging a line for each layer that loses much: the comparison with Keras says it once."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _end(model: Model) -> list[str]:
    """Return the names of the nodes before the first output, from the last one on, as far as they are of the end."""
    makers = {name: node for node in model.graph.node for name in node.output}
    found, node = [], makers.get(model.graph.output[0].name)
    while node is not None and node.op_type in END:
        found.append(node.name)
        node = makers.get(node.input[0])
    return found


class _Samples(CalibrationDataReader):
    """Batches of inputs, as ONNX Runtime asks for them: one after the other, then None."""

    def __init__(self, name: str, inputs: Array) -> None:
        starts = range(0, len(inputs), CALIBRATION_BATCH)
        self._batches = iter([{name: inputs[start : start + CALIBRATION_BATCH]} for start in starts])

    def get_next(self) -> dict[str, Array] | None:
        return next(self._batches, None)
