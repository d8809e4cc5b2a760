"""A Keras network of plain layers as an ONNX graph, layer by layer, in a moment.

ONNX Runtime answers with a convolutional network in less than half of the time that TensorFlow takes on a processor,
but tf2onnx takes longer to convert one than a small folder of photos is looked at. This knows few kinds of layers, those
that backbones are made of, and gives up on every other: then Keras answers. What people get is exported by tf2onnx and
compared; this is for what is asked on the way.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from saccade.core.backend import Model, keras

OPSET = 17
TO_NCHW, TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]


class NotPlainError(Exception):
    """The network has a layer that is not known here."""


def to_onnx(network: Model) -> bytes:
    """Return an ONNX model, float32 (n, ...) in, all outputs of the network in their order.

    Raises:
        NotPlainError: the network has a layer that is not known here.
    """
    return _Graph(network).finished()


class _Graph:
    """Grows a node a layer; maps are (n, c, h, w) inside, as ONNX has them."""

    def __init__(self, network: Model) -> None:
        self.network = network
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.names: dict[int, str] = {}
        for operation in _in_order(network):
            self._add(operation)

    def finished(self) -> bytes:
        """Return the graph as a model."""
        given = [self._as_keras_has_it(tensor) for tensor in self.network.outputs]
        outputs = [self.node("Identity", [name], f"output_{place}") for place, name in enumerate(given)]
        shapes = [("input", self.network.inputs[0].shape)]
        shapes += [(name, tensor.shape) for name, tensor in zip(outputs, self.network.outputs, strict=True)]
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape[1:]]) for name, shape in shapes]
        graph = helper.make_graph(self.nodes, "layers", ends[:1], ends[1:], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        return bytes(model.SerializeToString())

    def node(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, values: Any, name: str) -> str:
        """Add a constant, and return its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _as_keras_has_it(self, tensor: Any) -> str:
        name = self.names[id(tensor)]
        return self.node("Transpose", [name], f"{name}_last", perm=TO_NHWC) if len(tensor.shape) == 4 else name

    def _add(self, operation: Any) -> None:
        if isinstance(operation, keras.layers.InputLayer):
            self._add_input(operation)
            return
        write = WRITERS.get(type(operation).__name__)
        if write is None or len(operation._inbound_nodes) != 1:  # noqa: SLF001  (Keras has no public way to ask)
            raise NotPlainError(f"{type(operation).__name__} {operation.name}")
        taken = [self.names[id(each)] for each in _inputs_of(operation)]
        self.names[id(operation.output)] = write(self, operation, taken)

    def _add_input(self, layer: Any) -> None:
        name = "input"
        if len(layer.output.shape) == 4:
            name = self.node("Transpose", [name], "input_first", perm=TO_NCHW)
        self.names[id(layer.output)] = name


def _in_order(network: Model) -> list[Any]:
    """Return layers and operations, each behind those whose outputs it takes."""
    return [operation for depth in sorted(network._operations_by_depth, reverse=True) for operation in network._operations_by_depth[depth]]


def _inputs_of(operation: Any) -> list[Any]:
    found = operation._inbound_nodes[0].input_tensors
    return list(found)


def _scaled(graph: _Graph, layer: Any, taken: list[str]) -> str:
    if np.ndim(layer.scale) or np.ndim(layer.offset):
        raise NotPlainError(f"{layer.name} scales each channel by itself")
    scale = graph.weight(np.float32(layer.scale), f"{layer.name}_scale")
    offset = graph.weight(np.float32(layer.offset), f"{layer.name}_offset")
    return graph.node("Add", [graph.node("Mul", [*taken, scale], f"{layer.name}_scaled"), offset], layer.name)


def _joined(graph: _Graph, layer: Any, taken: list[str]) -> str:
    rank = len(layer.output.shape)
    if layer.axis not in (-1, rank - 1):
        raise NotPlainError(f"{layer.name} joins along another axis than the last")
    return graph.node("Concat", taken, layer.name, axis=1)


def _convolved(graph: _Graph, layer: Any, taken: list[str]) -> str:
    weights = [np.asarray(each) for each in layer.get_weights()]
    kernel = weights[0].transpose(3, 2, 0, 1)
    return _convolution(graph, layer, taken, kernel, weights[1:], groups=layer.groups)


def _convolved_by_depth(graph: _Graph, layer: Any, taken: list[str]) -> str:
    weights = [np.asarray(each) for each in layer.get_weights()]
    height, width, channels, multiplier = weights[0].shape
    kernel = weights[0].transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _convolution(graph, layer, taken, kernel, weights[1:], groups=channels)


def _convolution(
    graph: _Graph, layer: Any, taken: list[str], kernel: NDArray[Any], bias: list[NDArray[Any]], *, groups: int
) -> str:
    names = [graph.weight(kernel, f"{layer.name}_kernel"), *(graph.weight(each, f"{layer.name}_bias") for each in bias)]
    found = graph.node(
        "Conv",
        [*taken, *names],
        f"{layer.name}_convolved",
        auto_pad={"same": "SAME_UPPER", "valid": "VALID"}[layer.padding],
        strides=list(layer.strides),
        dilations=list(layer.dilation_rate),
        group=groups,
    )
    return _activated(graph, layer, found)


def _dense(graph: _Graph, layer: Any, taken: list[str]) -> str:
    weights = layer.get_weights()
    names = [graph.weight(each, f"{layer.name}_{place}") for place, each in enumerate(weights)]
    return _activated(graph, layer, graph.node("Gemm", [*taken, *names], f"{layer.name}_weighed"))


ACTIVATIONS = {"relu": ("Relu", {}), "softmax": ("Softmax", {"axis": 1}), "sigmoid": ("Sigmoid", {}), "tanh": ("Tanh", {})}


def _activated(graph: _Graph, layer: Any, name: str) -> str:
    activation = keras.activations.serialize(layer.activation)
    if activation == "linear":
        return name
    if activation not in ACTIVATIONS:
        raise NotPlainError(f"{layer.name}: {activation}")
    kind, attributes = ACTIVATIONS[activation]
    return graph.node(kind, [name], f"{layer.name}_{kind}", **attributes)


def _activation(graph: _Graph, layer: Any, taken: list[str]) -> str:
    return _activated(graph, layer, taken[0])


def _rectified(graph: _Graph, layer: Any, taken: list[str]) -> str:
    if layer.negative_slope or layer.threshold:
        raise NotPlainError(f"{layer.name} has a slope or a threshold")
    if layer.max_value is None:
        return graph.node("Relu", taken, layer.name)
    ends = [graph.weight(np.float32(each), f"{layer.name}_{each:g}") for each in (0, layer.max_value)]
    return graph.node("Clip", [*taken, *ends], layer.name)


def _normalised(graph: _Graph, layer: Any, taken: list[str]) -> str:
    if not layer.scale or not layer.center:
        raise NotPlainError(f"{layer.name} has no scale or centre")
    names = [graph.weight(each, f"{layer.name}_{place}") for place, each in enumerate(layer.get_weights())]
    return graph.node("BatchNormalization", [*taken, *names], layer.name, epsilon=float(layer.epsilon))


def _pooled(kind: str) -> Callable[[_Graph, Any, list[str]], str]:
    def write(graph: _Graph, layer: Any, taken: list[str]) -> str:
        attributes = {"auto_pad": {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding], "strides": list(layer.strides)}
        return graph.node(kind, taken, layer.name, kernel_shape=list(layer.pool_size), **attributes)

    return write


def _averaged(graph: _Graph, layer: Any, taken: list[str]) -> str:
    return graph.node("ReduceMean", taken, layer.name, axes=[2, 3], keepdims=int(layer.keepdims))


def _plain(kind: str) -> Callable[[_Graph, Any, list[str]], str]:
    return lambda graph, layer, taken: graph.node(kind, taken, layer.name)


def _mean(graph: _Graph, operation: Any, taken: list[str]) -> str:
    return graph.node("ReduceMean", taken, operation.name, axes=_map_axes(operation), keepdims=0)


def _deviation(graph: _Graph, operation: Any, taken: list[str]) -> str:
    axes = _map_axes(operation)
    mean = graph.node("ReduceMean", taken, f"{operation.name}_mean", axes=axes, keepdims=1)
    apart = graph.node("Sub", [*taken, mean], f"{operation.name}_apart")
    square = graph.node("Mul", [apart, apart], f"{operation.name}_square")
    variance = graph.node("ReduceMean", [square], f"{operation.name}_variance", axes=axes, keepdims=0)
    return graph.node("Sqrt", [variance], operation.name)


def _map_axes(operation: Any) -> list[int]:
    if len(_inputs_of(operation)[0].shape) != 4 or tuple(operation.axis) != (1, 2) or operation.keepdims:
        raise NotPlainError(f"{operation.name} is not over maps")
    return [2, 3]


WRITERS: dict[str, Callable[[_Graph, Any, list[str]], str]] = {
    "Rescaling": _scaled,
    "Concatenate": _joined,
    "Conv2D": _convolved,
    "DepthwiseConv2D": _convolved_by_depth,
    "Dense": _dense,
    "Activation": _activation,
    "ReLU": _rectified,
    "BatchNormalization": _normalised,
    "MaxPooling2D": _pooled("MaxPool"),
    "GlobalAveragePooling2D": _averaged,
    "Add": _plain("Sum"),
    "Identity": _plain("Identity"),
    "Dropout": _plain("Identity"),
    "Cast": _plain("Identity"),
    "Mean": _mean,
    "Std": _deviation,
}
