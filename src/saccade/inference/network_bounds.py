"""Bounds: what a .keras file may ask for before it is built, so that a stranger's cannot fill the memory."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.backend import Layer, Model, keras
from saccade.core.safe_json import parse_json

MOST_LAYERS = 5_000
"""The deepest networks of keras.applications have about a thousand."""

LARGEST_CONFIG = 64_000_000
"""Bytes of the description of the layers."""

LARGEST_TENSOR = 2**28
"""Numbers of one input or of one layer's answer to it: a gigabyte."""

LEAST_BYTES = 2
"""A weight takes in the file: float16."""

SLACK = 1_000_000
"""Weights that a small file may declare whatever it holds: headers and seeds need no exact account."""

_left: ContextVar[list[int] | None] = ContextVar("weights_left", default=None)


def refuse_absurd(path: Path) -> int:
    """Return how many weights a .keras file can hold at most.

    Raises:
        ValueError: it describes more layers than any network has, or nested too deeply.
        zipfile.BadZipFile: it is no archive.
        KeyError: it has no description.
    """
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("config.json").file_size > LARGEST_CONFIG:
            raise ValueError("the description of its layers is too long.")
        with archive.open("config.json") as file:
            content = file.read(LARGEST_CONFIG + 1)
        weights = sum(each.file_size for each in archive.infolist() if "weights" in each.filename)
        if weights > 100 * path.stat().st_size + SLACK:
            raise ValueError("its weights are many times larger than the file.")
    layers = content.count(b'"class_name"')  # of initializers and the like too: some ten a layer
    if layers > 10 * MOST_LAYERS or _count_layers(parse_json(content)) > MOST_LAYERS:
        raise ValueError(f"it describes more than {MOST_LAYERS:,} layers.")
    return weights // LEAST_BYTES + SLACK


def _count_layers(config: Any) -> int:
    """Return how many layers there are, those of networks within it included."""
    count, level = 0, [config]
    while level:
        values = [each for parent in level for each in (parent.values() if isinstance(parent, dict) else parent)]
        count += sum(len(parent["layers"]) for parent in level if _lists_layers(parent))
        level = [each for each in values if isinstance(each, dict | list)]
    return count


def _lists_layers(parent: Any) -> bool:
    return isinstance(parent, dict) and isinstance(parent.get("layers"), list)


@contextmanager
def at_most(weights: int) -> Iterator[None]:
    """Let no layer that is built within make more weights than there are in the file; raises ValueError before."""
    _watch()
    token = _left.set([weights])
    try:
        yield
    finally:
        _left.reset(token)


def _watch() -> None:
    """Have Keras's layers ask, once and for all, before they make a weight."""
    layer = keras.layers.Layer
    if hasattr(layer.add_weight, "asks"):
        return
    add = layer.add_weight

    def add_weight(self: Any, shape: Any = None, *given: Any, **named: Any) -> Any:
        left = _left.get()
        if left is not None:
            left[0] -= int(np.prod([int(side) for side in shape or ()], dtype=object))
            if left[0] < 0:
                raise ValueError(f"its layer '{self.name}' has more weights than the file.")
        return add(self, shape, *given, **named)

    add_weight.asks = True  # type: ignore[attr-defined]
    layer.add_weight = add_weight


def refuse_large_tensors(model: Model) -> None:
    """Raise ValueError when a layer takes or gives more numbers, for one input, than any machine bears."""
    tensors = [*model.inputs, *(tensor for layer in _layers(model) for tensor in _outputs(layer))]
    for tensor in tensors:
        size = int(np.prod([side for side in tensor.shape[1:] if side], dtype=object))
        if size > LARGEST_TENSOR:
            raise ValueError(f"one of its layers answers with {size:.2g} numbers for one input.")


def _layers(model: Model) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)


def _outputs(layer: Layer) -> list[Any]:
    try:
        return list(keras.tree.flatten(layer.output))
    except (AttributeError, ValueError):  # never called, or several times with other inputs
        return []
