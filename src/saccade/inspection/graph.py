"""The graph of layers that a Keras model is, as Keras keeps it."""

from collections.abc import Iterator
from typing import Any

from saccade.core.backend import Layer, Model, keras
from saccade.core.errors import RunError


def key_of(name: str, use: int) -> str:
    """Return a name for the first, second, … use of a layer that is unlike any other."""
    return name if use == 1 else f"{name}:{use}"


def nodes(graph: Any) -> Iterator[Any]:
    """Return each use of a layer, inputs first: the order in which Keras itself computes."""
    by_depth = graph._nodes_by_depth  # Keras has no public way to the graph; its version is pinned
    for depth in sorted(by_depth, reverse=True):
        yield from by_depth[depth]


def is_graph(layer: Layer) -> bool:
    """Say whether a layer is a model with layers of its own."""
    return hasattr(layer, "_nodes_by_depth") or isinstance(layer, keras.Sequential)


def graph_of(model: Model) -> Any:
    """Return the graph of a functional or built Sequential model; raises RunError for other kinds."""
    graph = getattr(model, "_functional", None) if isinstance(model, keras.Sequential) else model
    if not hasattr(graph, "_nodes_by_depth"):
        raise RunError(
            f"The network '{model.name}' cannot be looked into: its layers form no graph. Expected a "
            "functional model, or a Sequential one that was built: build((None, height, width, channels))."
        )
    return graph
