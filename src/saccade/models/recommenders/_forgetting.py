"""Forget: a part of what is known, so that a network learns to foretell it."""

from typing import Any

from saccade.core.backend import keras

ops = keras.ops


class Forget(keras.layers.Layer):  # type: ignore[misc]
    """Sets codes to 0 at random, in training only.

    Attributes:
        seed: what is drawn by, a part of the state of training.
    """

    def __init__(self, share: float, *, seed: int) -> None:
        super().__init__(name="forget", dtype="float32")
        self.share, self.seed = share, keras.random.SeedGenerator(seed)

    def call(self, codes: Any, training: bool = False) -> Any:
        """Return codes (n, items), float32."""
        codes = ops.cast(codes, "float32")
        if not training:
            return codes
        return codes * ops.cast(keras.random.uniform(ops.shape(codes), seed=self.seed) >= self.share, "float32")
