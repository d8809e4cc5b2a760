"""The ONNX graph that grows a layer at a time."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import helper, numpy_helper

from saccade.core.backend import Model, keras

CHANNELS_FIRST, CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]

FLOATS = ("float32", "bfloat16")
"""What is computed in float32: a network's bfloat16 is of its training."""

DOUBLE = "float64"
"""Of sums that are to be the same to the last digit."""


class NotPlainError(Exception):
    """The network has a layer that is not known here."""


Writer = Callable[["Graph", Any, list[Any]], str | Sequence[str]]
"""Adds the nodes of a layer or operation to a graph, from its arguments, and returns the name of its output, or all."""


class Graph:
    """Nodes and weights; maps are (n, c, h, w) in it, as ONNX has them, where Keras has (n, h, w, c)."""

    def __init__(self, *, layers: Mapping[str, Writer], operations: Mapping[str, Writer]) -> None:
        """Begin an empty graph.

        Args:
            layers: how each is written, by the name of the class of a Keras layer.
            operations: by the name of the class of an operation of `keras.ops`; some are called as a layer is.
        """
        self._layers, self._operations = layers, operations
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._names: dict[int, str] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def add_network(self, network: Model, taken: str = "") -> None:
        """Add all layers of a network of one input: what the outer graph calls it, or else that of the graph itself."""
        for call in _in_order(network):
            self._add(call, taken)

    def finished(self, network: Model) -> Any:
        """Return the graph, which ends at a network's outputs as Keras has them."""
        given = [self.channels_last(tensor) for tensor in network.outputs]
        outputs = [self.node("Identity", [name], f"output_{place}") for place, name in enumerate(given)]
        taken = network.inputs[0]
        ends = [_end(taken.name, taken, keras.backend.standardize_dtype(taken.dtype))]
        ends += [
            _end(name, tensor, _output_type(tensor)) for name, tensor in zip(outputs, network.outputs, strict=True)
        ]
        return helper.make_graph(self._nodes, "layers", ends[:1], ends[1:], self._weights)

    def node(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output: the given one with a number, for each is there once."""
        return self.nodes(kind, inputs, name, 1, **attributes)[0]

    def nodes(self, kind: str, inputs: Sequence[str], name: str, outputs: int, **attributes: Any) -> list[str]:
        """Add a node of several outputs, and return their names."""
        first = self._unique(name)
        names = [first, *(f"{first}_{place}" for place in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=first, **attributes))
        return names

    def weight(self, values: Any, name: str) -> str:
        """Add a constant, and return its name; one that is there already is not added again."""
        array = np.array(values, order="C")
        key = (array.dtype.str, array.shape, hashlib.blake2b(array.tobytes()).digest())
        if key not in self._known:
            self._known[key] = self._unique(name)
            self._weights.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def name(self, value: Any) -> str:
        """Return what a tensor is called, or a constant that is added for it."""
        if isinstance(value, keras.KerasTensor):
            return self._names[id(value)]
        return self.weight(np.asarray(value, np.float32), "constant")

    def channels_last(self, tensor: Any) -> str:
        """Return the name of a tensor in the order in which Keras has its axes."""
        name = self._names[id(tensor)]
        return self.node("Transpose", [name], "channels_last", perm=CHANNELS_LAST) if rank(tensor) == 4 else name

    def _unique(self, name: str) -> str:
        return f"{name}_{len(self._nodes) + len(self._weights)}"

    def _add(self, call: Any, taken: str) -> None:
        """Add one call of a layer or operation: a node of Keras."""
        operation = call.operation
        kind = type(operation).__name__
        if kind == "InputLayer":
            self._names[id(operation.output)] = taken or self._taken(operation.output)
            return
        arguments = _arguments(call)
        writers = self._layers if isinstance(operation, keras.Layer) else self._operations
        if isinstance(operation, keras.Model):
            self._add_inner(operation, arguments, call.output_tensors)
        elif kind in writers:
            self._keep(call.output_tensors, writers[kind](self, operation, arguments))
        else:
            raise NotPlainError(f"{kind} {operation.name}")

    def _add_inner(self, network: Any, arguments: list[Any], outputs: list[Any]) -> None:
        """Add a network within the network."""
        if len(network.inputs) != 1:
            raise NotPlainError(f"{network.name} takes several inputs")
        self.add_network(network, self.name(arguments[0]))
        for mine, its in zip(outputs, network.outputs, strict=True):
            self._names[id(mine)] = self._names[id(its)]

    def _keep(self, tensors: list[Any], name: str | Sequence[str]) -> None:
        names = [name] if isinstance(name, str) else name
        for tensor, each in zip(tensors, names, strict=True):
            self._names[id(tensor)] = str(each)

    def _taken(self, tensor: Any) -> str:
        if rank(tensor) != 4:
            return str(tensor.name)
        return self.node("Transpose", [tensor.name], "channels_first", perm=CHANNELS_FIRST)


def rank(tensor: Any) -> int:
    """Return the number of a tensor's axes, the batch among them."""
    return len(tensor.shape)


def _in_order(network: Any) -> list[Any]:
    """Return the calls of layers and operations, each behind those whose outputs it takes."""
    levels = network._nodes_by_depth
    return [call for depth in sorted(levels, reverse=True) for call in levels[depth]]


def _arguments(call: Any) -> list[Any]:
    """Return what a layer or operation is called with: tensors of Keras, numbers, arrays."""
    operation = call.operation
    ranks = {tuple(map(rank, each.output_tensors)) for each in operation._inbound_nodes}
    if len(ranks) != 1 and not isinstance(operation, keras.Model):  # whose writer asks the layer about its first call
        raise NotPlainError(f"{operation.name} is used on tensors of different rank")
    arguments = list(call.arguments.args)
    return list(arguments[0]) if len(arguments) == 1 and isinstance(arguments[0], list | tuple) else arguments


def _end(name: str, tensor: Any, dtype: str) -> Any:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, ["batch", *tensor.shape[1:]])


def _output_type(tensor: Any) -> str:
    """Return the type of an output; raises NotPlainError for one that no writer makes."""
    dtype = str(keras.backend.standardize_dtype(tensor.dtype))
    if dtype not in (*FLOATS, DOUBLE):
        raise NotPlainError(f"an output of {dtype}")
    return DOUBLE if dtype == DOUBLE else "float32"
