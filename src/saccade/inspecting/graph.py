"""The graph of layers that a Keras model is: walked for its shapes, or run layer by layer for its activations."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from saccade.backend import keras
from saccade.errors import RunError


@dataclass(frozen=True)
class LayerRun:
    """What one use of a layer did to a batch.

    Attributes:
        name: the layer's name; "block/conv_1" within a model that is used as a layer.
        key: the same, but unlike any other: "block/conv_1:2" for the second use of the layer.
        layer: the Keras layer or operation.
        inputs: what came in, tensors of the backend, (n, …) each.
        outputs: what went out, likewise; most layers have one.
        seconds: how long it took.
    """

    name: str
    key: str
    layer: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    seconds: float

    @property
    def output(self) -> NDArray[Any]:
        """(n, …), the first output, as an array."""
        array: NDArray[Any] = keras.ops.convert_to_numpy(self.outputs[0])
        return array


def run_layers(model: Any, images: Any, *, instead: Mapping[str, Any] | None = None) -> Iterator[LayerRun]:
    """Run a model on a batch once, and yield every layer as it is computed, those of nested models too.

    Args:
        model: a functional or built Sequential model with one input.
        images: (n, h, w, c), raw as the model expects them: an array or a tensor of the backend.
        instead: tensors to go on with in place of a layer's output, by its key: what does the answer owe to it?

    Raises:
        RunError: the model is of another kind, or has several inputs.
    """
    graph = graph_of(model)
    if len(graph.inputs) != 1:
        raise RunError(
            f"The network '{model.name}' takes {len(graph.inputs)} inputs; only networks with one, the picture, can be "
            "looked into."
        )
    values = {id(graph.inputs[0]): keras.ops.convert_to_tensor(images, dtype=graph.inputs[0].dtype)}
    return _Running(instead or {}).run(graph, values, prefix="")


class _Running:
    """One run through a graph and the graphs within it; counts the uses of each layer."""

    def __init__(self, instead: Mapping[str, Any]) -> None:
        self._instead, self._uses = instead, Counter[str]()

    def run(self, graph: Any, values: dict[int, Any], *, prefix: str) -> Iterator[LayerRun]:
        """Run the nodes of one graph; `values` knows every tensor that was computed, by identity."""
        for node in nodes(graph):
            if isinstance(node.operation, keras.layers.InputLayer):
                continue
            arguments, options = node.arguments.fill_in(values)
            if is_graph(node.operation):
                yield from self._run_nested(node, arguments, values, prefix=prefix)
                continue
            started = time.perf_counter()
            outputs = tuple(keras.tree.flatten(node.operation(*arguments, **options)))
            seconds = time.perf_counter() - started
            name = f"{prefix}{node.operation.name}"
            self._uses[name] += 1
            key = key_of(name, self._uses[name])
            if key in self._instead:
                outputs = (self._instead[key], *outputs[1:])
            values.update((id(tensor), output) for tensor, output in zip(node.outputs, outputs, strict=True))
            inputs = tuple(values[id(tensor)] for tensor in node.input_tensors)
            yield LayerRun(name, key, node.operation, inputs, outputs, seconds)

    def _run_nested(self, node: Any, arguments: Any, values: dict[int, Any], *, prefix: str) -> Iterator[LayerRun]:
        inner = graph_of(node.operation)
        given = keras.tree.flatten(arguments)
        inside = {id(tensor): value for tensor, value in zip(inner.inputs, given, strict=True)}
        yield from self.run(inner, inside, prefix=f"{prefix}{node.operation.name}/")
        for outer_tensor, inner_tensor in zip(node.outputs, inner.outputs, strict=True):
            values[id(outer_tensor)] = inside[id(inner_tensor)]


def key_of(name: str, use: int) -> str:
    """Return a name for the first, second, … use of a layer that is unlike any other."""
    return name if use == 1 else f"{name}:{use}"


def nodes(graph: Any) -> Iterator[Any]:
    """Return each use of a layer, inputs first: the order in which Keras itself computes."""
    by_depth = graph._nodes_by_depth  # Keras has no public way to the graph; its version is pinned
    for depth in sorted(by_depth, reverse=True):
        yield from by_depth[depth]


def is_graph(layer: Any) -> bool:
    """Say whether a layer is a model with layers of its own."""
    return hasattr(layer, "_nodes_by_depth") or isinstance(layer, keras.Sequential)


def graph_of(model: Any) -> Any:
    """Return the graph of a functional or built Sequential model; raises RunError for other kinds."""
    graph = getattr(model, "_functional", None) if isinstance(model, keras.Sequential) else model
    if not hasattr(graph, "_nodes_by_depth"):
        raise RunError(
            f"The network '{model.name}' cannot be looked into: its layers form no graph. Expected a "
            "functional model, or a Sequential one that was built: build((None, height, width, channels))."
        )
    return graph
