"""Contrastive divergence for recommenders: what is drawn and counted in training, and not saved."""

from collections.abc import Sequence
from typing import Any

from saccade.core.backend import keras

ops = keras.ops


class Schedule(keras.layers.Layer):  # type: ignore[misc]
    """Passes codes on; counts the steps, and says how long Gibbs chains are now.

    Attributes:
        seed: what is drawn by; with the count it is part of the state of training.
    """

    def __init__(self, lengths: Sequence[int], steps: int, *, seed: int) -> None:
        super().__init__(name="gibbs_schedule", dtype="float32")
        self.lengths, self.steps = tuple(lengths), max(1, steps)
        self.seed = keras.random.SeedGenerator(seed)
        self.done = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="steps_done")

    def call(self, codes: Any, training: bool = False) -> Any:
        """Return the codes as they are."""
        if training:
            self.done.assign(self.done + 1)
        return codes

    def length(self) -> Any:
        """Return the steps of a chain: the first of `lengths` in the first part of the training, and so on."""
        if len(self.lengths) == 1:
            return self.lengths[0]
        part = ops.minimum((self.done.value - 1) * len(self.lengths) // self.steps, len(self.lengths) - 1)
        return ops.take(ops.convert_to_tensor(self.lengths, dtype="int32"), ops.maximum(part, 0))


def gradient_only(value: Any) -> Any:
    """Return 0 with the gradient of a value that means nothing by itself."""
    return value - ops.stop_gradient(value)
