"""How each kind of Keras operation (`keras.ops`) is written as nodes of ONNX."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto

from saccade.core.backend import keras
from saccade.inference.layer_graph.graph import DOUBLE, FLOATS, Graph, NotPlainError, Writer, rank
from saccade.inference.layer_graph.layers import concatenate, softmax

BINARY = {
    "Add": "Add",
    "Maximum": "Max",
    "Minimum": "Min",
    "Multiply": "Mul",
    "Subtract": "Sub",
    "TrueDivide": "Div",
    "Divide": "Div",
    "Equal": "Equal",
}
UNARY = {
    "Absolute": "Abs",
    "Exp": "Exp",
    "Log": "Log",
    "Negative": "Neg",
    "Relu": "Relu",
    "Sigmoid": "Sigmoid",
    "Sqrt": "Sqrt",
}
REDUCING = {"Max": "ReduceMax", "Mean": "ReduceMean", "Min": "ReduceMin"}


def binary(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write an operation of two tensors, or of a tensor and a number or an array of columns."""
    return graph.node(BINARY[type(operation).__name__], _both(graph, operation, arguments), operation.name)


def _both(graph: Graph, operation: Any, arguments: list[Any]) -> list[str]:
    ranks = {rank(each) for each in arguments if isinstance(each, keras.KerasTensor)}
    constants = [each for each in arguments if not isinstance(each, keras.KerasTensor)]
    if len(ranks) != 1 or (ranks == {4} and any(np.ndim(each) for each in constants)):
        raise NotPlainError(f"{operation.name} is of tensors of different rank")
    return [graph.name(each) for each in arguments]


def unary(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write an operation of each number by itself."""
    return graph.node(UNARY[type(operation).__name__], [graph.name(arguments[0])], operation.name)


def square(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write x²."""
    return graph.node("Mul", [graph.name(arguments[0])] * 2, operation.name)


def rsqrt(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write 1 / √x."""
    root = graph.node("Sqrt", [graph.name(arguments[0])], operation.name)
    return graph.node("Reciprocal", [root], operation.name)


def cast(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write numbers as float32, or as float64 where that is asked for."""
    wanted, given = (keras.backend.standardize_dtype(each.dtype) for each in (operation.output, arguments[0]))
    if wanted not in (*FLOATS, DOUBLE):
        raise NotPlainError(f"{operation.name} makes {wanted}")
    if given == wanted or (given in FLOATS and wanted in FLOATS):
        return graph.name(arguments[0])
    to = TensorProto.DOUBLE if wanted == DOUBLE else TensorProto.FLOAT
    return graph.node("Cast", [graph.name(arguments[0])], operation.name, to=to)


def is_nan(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write whether each number is none."""
    return graph.node("IsNaN", [graph.name(arguments[0])], operation.name)


def nan_to_num(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write a number in the place of what is none; infinite ones become the largest that there are."""
    largest = np.finfo(np.float32).max
    high = largest if operation.posinf is None else operation.posinf
    low = -largest if operation.neginf is None else operation.neginf
    taken = graph.name(arguments[0])
    none = graph.node("IsNaN", [taken], operation.name)
    numbers = graph.node("Where", [none, graph.name(operation.nan), taken], operation.name)
    if (low, high) != (-largest, largest):
        raise NotPlainError(f"{operation.name} makes other numbers of infinite ones")
    return graph.node("Clip", [numbers, graph.name(low), graph.name(high)], operation.name)


def clip(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write numbers within two bounds."""
    bounds = [graph.name(operation.x_min), graph.name(operation.x_max)]
    return graph.node("Clip", [graph.name(arguments[0]), *bounds], operation.name)


def take(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write some columns of rows, or some lines of images, upright or across."""
    tensor, places = arguments
    columns = rank(tensor) == 2 and operation.axis in (1, -1)
    if np.ndim(places) != 1 or not (columns or (rank(tensor) == 4 and operation.axis in (1, 2))):
        raise NotPlainError(f"{operation.name} is not of columns or lines")
    wanted = graph.weight(np.asarray(places, np.int64), operation.name)
    axis = 1 if columns else operation.axis + 1  # channels stand before height and width
    return graph.node("Gather", [graph.name(tensor), wanted], operation.name, axis=axis)


def split(graph: Graph, operation: Any, arguments: list[Any]) -> Sequence[str]:
    """Write rows cut into several of fewer columns."""
    if rank(arguments[0]) != 2 or operation.axis not in (1, -1):
        raise NotPlainError(f"{operation.name} does not cut columns")
    widths = [int(each.shape[1]) for each in operation.output]
    sizes = graph.weight(np.array(widths, np.int64), operation.name)
    return graph.nodes("Split", [graph.name(arguments[0]), sizes], operation.name, len(widths), axis=1)


def matmul(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write the product of rows with a matrix."""
    if any(np.ndim(each) != 2 if not isinstance(each, keras.KerasTensor) else rank(each) != 2 for each in arguments):
        raise NotPlainError(f"{operation.name} is not of two matrices")
    return graph.node("MatMul", [graph.name(each) for each in arguments], operation.name)


def reduced(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write the mean, least or largest number over some axes."""
    keep = int(operation.keepdims)
    name = graph.name(arguments[0])
    return graph.node(
        REDUCING[type(operation).__name__], [name], operation.name, axes=_axes(operation, arguments), keepdims=keep
    )


def summed(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write the sum over some axes, which opset 17 takes as an input."""
    axes = graph.weight(np.array(_axes(operation, arguments), np.int64), operation.name)
    return graph.node("ReduceSum", [graph.name(arguments[0]), axes], operation.name, keepdims=int(operation.keepdims))


def deviation(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write the standard deviation over some axes."""
    return graph.node("Sqrt", [variance(graph, operation, arguments)], operation.name)


def variance(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write the variance over some axes."""
    axes, taken = _axes(operation, arguments), graph.name(arguments[0])
    mean = graph.node("ReduceMean", [taken], operation.name, axes=axes, keepdims=1)
    apart = graph.node("Sub", [taken, mean], operation.name)
    squared = graph.node("Mul", [apart, apart], operation.name)
    return graph.node("ReduceMean", [squared], operation.name, axes=axes, keepdims=int(operation.keepdims))


def top_k(graph: Graph, operation: Any, arguments: list[Any]) -> Sequence[str]:
    """Write the largest numbers of rows, sorted, and where they are."""
    count = graph.weight(np.array([operation.k], np.int64), operation.name)
    return graph.nodes("TopK", [graph.name(arguments[0]), count], operation.name, 2, axis=-1)


def flip(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write images mirrored left to right."""
    if rank(arguments[0]) != 4 or operation.axis != 2:
        raise NotPlainError(f"{operation.name} does not mirror left to right")
    start, end, axis, step = (graph.weight(np.array([each], np.int64), "flip") for each in (-1, -(2**31), 3, -1))
    return graph.node("Slice", [graph.name(arguments[0]), start, end, axis, step], operation.name)


def get_item(graph: Graph, operation: Any, arguments: list[Any]) -> str:
    """Write one column of rows, or some that follow each other."""
    tensor, key = arguments
    rows, column = key if isinstance(key, tuple) and len(key) == 2 else (None, None)
    if rank(tensor) != 2 or rows != slice(None):
        raise NotPlainError(f"{operation.name} is not of columns")
    if isinstance(column, slice) and column.step in (None, 1):
        places = np.arange(int(tensor.shape[1]))[column]
    elif isinstance(column, int):
        places = np.array(column)
    else:
        raise NotPlainError(f"{operation.name} is not of columns that follow each other")
    wanted = graph.weight(places.astype(np.int64), operation.name)
    return graph.node("Gather", [graph.name(tensor), wanted], operation.name, axis=1)


def _axes(operation: Any, arguments: list[Any]) -> list[int]:
    """Return the axes as ONNX counts them; of maps height and width only."""
    given = operation.axis
    if given is None:
        raise NotPlainError(f"{operation.name} is over everything")
    count = rank(arguments[0])
    axes = [axis % count for axis in (given if isinstance(given, list | tuple) else [given])]
    if count != 4:
        return axes
    if axes != [1, 2] or operation.keepdims:
        raise NotPlainError(f"{operation.name} is not over height and width")
    return [2, 3]


OPERATIONS: dict[str, Writer] = {
    **dict.fromkeys(BINARY, binary),
    **dict.fromkeys(UNARY, unary),
    **dict.fromkeys(REDUCING, reduced),
    "Cast": cast,
    "Clip": clip,
    "Concatenate": concatenate,
    "Flip": flip,
    "GetItem": get_item,
    "Isnan": is_nan,
    "Matmul": matmul,
    "NanToNum": nan_to_num,
    "Rsqrt": rsqrt,
    "Softmax": softmax,
    "Split": split,
    "Square": square,
    "Std": deviation,
    "Var": variance,
    "Sum": summed,
    "Take": take,
    "TopK": top_k,
}
