"""Listen to what every layer of a model answers, without changing the model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Layer, Model, keras

BATCH_SIZE = 32


@dataclass
class Heard:
    """What one layer took in and answered, over all images.

    Attributes:
        layer: the Keras layer.
        alive: (channels,), which channels answered with more than zero somewhere.
        inputs, outputs: lowest and highest value.
        last: the answers to the last batch.
    """

    layer: Layer
    alive: NDArray[np.bool_]
    inputs: tuple[float, float]
    outputs: tuple[float, float]
    last: NDArray[np.float32] = field(repr=False)

    def add(self, other: "Heard") -> None:
        """Take in another call of the same layer."""
        if self.alive.shape == other.alive.shape:
            self.alive |= other.alive
        self.inputs, self.outputs = _around(self.inputs, other.inputs), _around(self.outputs, other.outputs)
        self.last = other.last


@dataclass(frozen=True)
class Look:
    """What a model said to some images.

    Attributes:
        answers: (n, …) float32; None for a model with several outputs.
        layers: what each layer did, in the order of the first calls.
        keeps_logits: whether Keras remembers what went into the last softmax or sigmoid: on TensorFlow its losses then
            take that, whatever `from_logits` says.
    """

    answers: NDArray[np.float32] | None
    layers: list[Heard]
    keeps_logits: bool

    @property
    def last_layer(self) -> Any:
        """The layer whose answers are the model's own; None when the model computes on after its layers."""
        if self.answers is None:
            return None
        for heard in reversed(self.layers):
            ends = self.answers[-len(heard.last) :]
            if not isinstance(heard.layer, keras.Model) and np.array_equal(heard.last, ends, equal_nan=True):
                return heard.layer
        return None


def look(model: Model, images: NDArray[np.float32], *, training: bool = False, closely: bool = True) -> Look:
    """Return what a model and its layers say to images.

    All runs in a stateless scope: moving averages, seeds and counters stay as they are, also with `training`.

    Args:
        model: a built Keras model.
        images: (n, …).
        training: as in training: with dropout, and normalised by the batch.
        closely: listen to the layers too.
    """
    heard: dict[int, Heard] = {}

    def hear(layer: Layer, inputs: Any, outputs: Any) -> None:
        if (call := _heard(layer, inputs, outputs)) is None:
            return
        if id(layer) in heard:
            heard[id(layer)].add(call)
        else:
            heard[id(layer)] = call

    answers, keeps_logits = [], False
    with keras.StatelessScope(collect_losses=True), _listening(layers_of(model) if closely else [], hear):
        for first in range(0, len(images), BATCH_SIZE):
            answer = model(images[first : first + BATCH_SIZE], training=training)
            answers.append(as_array(answer))
            keeps_logits = hasattr(answer, "_keras_logits")
    rows = [answer for answer in answers if answer is not None]
    return Look(np.concatenate(rows) if rows else None, list(heard.values()), keeps_logits)


def layers_of(model: Model) -> list[Any]:
    """Return every layer at every depth."""
    return list(model._flatten_layers(include_self=False, recursive=True))


def weight_values(weight: Any) -> NDArray[np.float32]:
    """Return the numbers in a variable of a model."""
    numbers: NDArray[np.float32] = keras.ops.convert_to_numpy(keras.ops.cast(weight, "float32"))
    return numbers


def as_array(values: Any) -> NDArray[np.float32] | None:
    """Return one batch of numbers as float32; None for anything else."""
    if not keras.ops.is_tensor(values) or len(values.shape) < 2:
        return None
    array: NDArray[np.float32] = keras.ops.convert_to_numpy(keras.ops.cast(values, "float32"))
    return array


@contextmanager
def _listening(layers: list[Layer], hear: Callable[[Any, Any, Any], None]) -> Iterator[None]:
    # the instance's own `call` hides that of its class; `vars`, because a layer tracks what is set on it
    open_to = [layer for layer in layers if "call" not in vars(layer)]
    for layer in open_to:
        vars(layer)["call"] = _relay(layer, layer.call, hear)
    try:
        yield
    finally:
        for layer in open_to:
            del vars(layer)["call"]


def _relay(layer: Layer, call: Callable[..., Any], hear: Callable[[Any, Any, Any], None]) -> Callable[..., Any]:
    def relayed(*args: Any, **options: Any) -> Any:
        outputs = call(*args, **options)
        hear(layer, args[0] if args else None, outputs)
        return outputs

    return relayed


def _heard(layer: Layer, inputs: Any, outputs: Any) -> Heard | None:
    values = as_array(outputs)
    if values is None or not values.size:
        return None
    taken = as_array(inputs)
    axis = 1 if keras.config.image_data_format() == "channels_first" and values.ndim > 2 else -1
    alive = (np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis]) > 0).any(axis=0)
    return Heard(layer, np.asarray(alive), _range(taken), _range(values), values)


def _range(values: NDArray[np.float32] | None) -> tuple[float, float]:
    return (np.nan, np.nan) if values is None else (float(values.min()), float(values.max()))


def _around(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    return min(first[0], second[0]), max(first[1], second[1])
