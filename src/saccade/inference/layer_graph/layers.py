"""How each kind of Keras layer is written as nodes of ONNX."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.inference.layer_graph.graph import Graph, NotPlainError, Writer, rank

PADDING = {"same": "SAME_UPPER", "valid": "VALID"}
"""TensorFlow puts the odd pixel at the end, as SAME_UPPER does."""

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_silu": ("HardSwish", {}),
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "tanh": ("Tanh", {}),
}


def rescaling(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write x · scale + offset, of one number each or one a channel."""
    scale, offset = (graph.name(_along_channels(each, rank(layer.output))) for each in (layer.scale, layer.offset))
    return graph.node("Add", [graph.node("Mul", [graph.name(arguments[0]), scale], layer.name), offset], layer.name)


def _along_channels(values: Any, axes: int) -> NDArray[np.float32]:
    """Return a number as it is, and numbers (c,) so that they go along the channels."""
    numbers = np.asarray(values, np.float32)
    return numbers[:, None, None] if numbers.ndim == 1 and axes == 4 else numbers


def concatenate(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write several tensors as one, along the channels."""
    if layer.axis not in (-1, rank(layer.output) - 1):
        raise NotPlainError(f"{layer.name} joins along another axis than the last")
    axis = 1 if rank(layer.output) == 4 else rank(layer.output) - 1
    return graph.node("Concat", [graph.name(each) for each in arguments], layer.name, axis=axis)


def convolution(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write a convolution; its kernel is (h, w, in, out) in Keras and (out, in, h, w) in ONNX."""
    kernel, *bias = layer.get_weights()
    return _convolved(graph, layer, arguments, kernel.transpose(3, 2, 0, 1), bias, groups=layer.groups)


def depthwise_convolution(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write a convolution of each channel by itself; its kernel is (h, w, in, multiplier) in Keras."""
    kernel, *bias = layer.get_weights()
    height, width, channels, multiplier = kernel.shape
    turned = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _convolved(graph, layer, arguments, turned, bias, groups=channels)


def _convolved(
    graph: Graph, layer: Any, arguments: list[Any], kernel: NDArray[Any], bias: list[NDArray[Any]], *, groups: int
) -> str:
    inputs = [graph.name(arguments[0]), *(graph.weight(each, layer.name) for each in (kernel, *bias))]
    attributes = {"auto_pad": PADDING[layer.padding], "strides": list(layer.strides), "group": groups}
    name = graph.node("Conv", inputs, layer.name, dilations=list(layer.dilation_rate), **attributes)
    return _activated(graph, layer, name)


def dense(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write a dense layer on (n, d)."""
    if rank(layer.output) != 2:
        raise NotPlainError(f"{layer.name} is not on rows")
    inputs = [graph.name(arguments[0]), *(graph.weight(each, layer.name) for each in layer.get_weights())]
    return _activated(graph, layer, graph.node("Gemm", inputs, layer.name))


def einsum_dense(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write a factor a column; of all that an equation can say, nothing else."""
    if layer.equation != "nf,f->nf" or layer.bias is not None:
        raise NotPlainError(f"{layer.name} is not a factor a column")
    (factors,) = layer.get_weights()
    name = graph.node("Mul", [graph.name(arguments[0]), graph.weight(factors, layer.name)], layer.name)
    return _activated(graph, layer, name)


def difference(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write one tensor minus another."""
    return graph.node("Sub", [graph.name(each) for each in arguments], layer.name)


def activation(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write an activation that is a layer of its own."""
    return _activated(graph, layer, graph.name(arguments[0]))


def softmax(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write softmax over the last axis of rows: of the layer, or of the operation, which says its axis alike."""
    if layer.axis not in (-1, rank(layer.output) - 1) or len(arguments) > 1 or rank(layer.output) == 4:
        raise NotPlainError(f"{layer.name} is not over the last axis of rows")
    return graph.node("Softmax", [graph.name(arguments[0])], layer.name, axis=-1)


def _activated(graph: Graph, layer: Any, name: str) -> str:
    called = keras.activations.serialize(layer.activation)
    if called == "linear":
        return name
    if called == "relu6":
        return graph.node("Clip", [name, graph.name(0), graph.name(6)], f"{layer.name}_{called}")
    if called == "silu":
        return graph.node("Mul", [name, graph.node("Sigmoid", [name], layer.name)], f"{layer.name}_{called}")
    if called not in ACTIVATIONS or (called == "softmax" and rank(layer.output) == 4):
        raise NotPlainError(f"{layer.name} has the activation {called}")
    kind, attributes = ACTIVATIONS[called]
    return graph.node(kind, [name], f"{layer.name}_{called}", **attributes)


def rectified(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write a ReLU, with or without a bound above."""
    if layer.negative_slope or layer.threshold:
        raise NotPlainError(f"{layer.name} has a slope or a threshold")
    if layer.max_value is None:
        return graph.node("Relu", [graph.name(arguments[0])], layer.name)
    return graph.node("Clip", [graph.name(each) for each in (arguments[0], 0, layer.max_value)], layer.name)


def batch_normalization(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write normalisation with the moving statistics, over the channels."""
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
    if axis not in (-1, rank(layer.output) - 1) or rank(layer.output) == 3:
        raise NotPlainError(f"{layer.name} is not over the channels")
    width = int(layer.output.shape[-1])
    weights = layer.get_weights()
    mean, variance = weights[-2:]
    gamma = weights[0] if layer.scale else np.ones(width, np.float32)
    beta = weights[int(layer.scale)] if layer.center else np.zeros(width, np.float32)
    inputs = [graph.name(arguments[0]), *(graph.weight(each, layer.name) for each in (gamma, beta, mean, variance))]
    return graph.node("BatchNormalization", inputs, layer.name, epsilon=float(layer.epsilon))


def max_pooling(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write the maximum of windows."""
    return _of_windows("MaxPool", graph, layer, arguments)


def average_pooling(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write the mean of windows, of the pixels that are there."""
    return _of_windows("AveragePool", graph, layer, arguments, count_include_pad=0)


def _of_windows(kind: str, graph: Graph, layer: Any, arguments: list[Any], **attributes: Any) -> str:
    attributes |= {"auto_pad": PADDING[layer.padding], "strides": list(layer.strides)}
    kernel = list(layer.pool_size)
    return graph.node(kind, [graph.name(arguments[0])], layer.name, kernel_shape=kernel, **attributes)


def global_average_pooling(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write the mean of maps."""
    return graph.node("ReduceMean", [graph.name(arguments[0])], layer.name, axes=[2, 3], keepdims=int(layer.keepdims))


def global_max_pooling(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write the maximum of maps."""
    return graph.node("ReduceMax", [graph.name(arguments[0])], layer.name, axes=[2, 3], keepdims=int(layer.keepdims))


def zero_padding(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write zeros around maps."""
    (top, bottom), (left, right) = layer.padding
    pads = graph.weight(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64), layer.name)
    return graph.node("Pad", [graph.name(arguments[0]), pads], layer.name)


def flatten(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write maps as rows, in the order in which Keras has them."""
    return graph.node("Flatten", [graph.channels_last(arguments[0])], layer.name, axis=1)


def total(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write the sum of several tensors."""
    return graph.node("Sum", [graph.name(each) for each in arguments], layer.name)


def product(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write the product of several tensors; maps (n, 1, 1, c) weigh the channels of others."""
    first, *others = (graph.name(each) for each in arguments)
    for other in others:
        first = graph.node("Mul", [first, other], layer.name)
    return first


def as_maps(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write rows (n, c) as maps of one pixel."""
    if rank(arguments[0]) != 2 or tuple(layer.target_shape[:-1]) != (1, 1):
        raise NotPlainError(f"{layer.name} is not from rows to a pixel")
    shape = graph.weight(np.array([0, -1, 1, 1], np.int64), layer.name)
    return graph.node("Reshape", [graph.name(arguments[0]), shape], layer.name)


def unchanged(graph: Graph, layer: Any, arguments: list[Any]) -> str:
    """Write nothing: what a layer does in training only."""
    del layer
    return graph.name(arguments[0])


LAYERS: dict[str, Writer] = {
    "Activation": activation,
    "Add": total,
    "AveragePooling2D": average_pooling,
    "BatchNormalization": batch_normalization,
    "Concatenate": concatenate,
    "Conv2D": convolution,
    "Dense": dense,
    "DepthwiseConv2D": depthwise_convolution,
    "Dropout": unchanged,
    "EinsumDense": einsum_dense,
    "Flatten": flatten,
    "GaussianNoise": unchanged,
    "GlobalAveragePooling2D": global_average_pooling,
    "GlobalMaxPooling2D": global_max_pooling,
    "Identity": unchanged,
    "MaxPooling2D": max_pooling,
    "Multiply": product,
    "ReLU": rectified,
    "Reshape": as_maps,
    "Rescaling": rescaling,
    "Softmax": softmax,
    "Subtract": difference,
    "ZeroPadding2D": zero_padding,
}
