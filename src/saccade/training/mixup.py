"""Mixup: inputs and targets of a batch blended with one another, in training only."""

from typing import Any

from saccade.core.backend import keras

ops = keras.ops


class Mixup:
    """Blend each input and its target with another of the batch (Zhang et al. 2018, arXiv 1710.09412).

    `inputs` draws one weight and one partner order a batch; `targets`, called in the same trace, uses the same.
    """

    moves_targets = False

    def __init__(self, alpha: float, *, seed: int) -> None:
        self.alpha = alpha
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._weight: Any = None

    def inputs(self, inputs: Any) -> Any:
        """Return blended float inputs (n, ...)."""
        self._weight = keras.random.beta((), self.alpha, self.alpha, seed=self.seed_generator)
        return self._blend(inputs)

    def targets(self, targets: Any) -> Any:
        """Return targets (n, ...) blended like the last inputs."""
        return self._blend(targets)

    def _blend(self, values: Any) -> Any:
        # the batch is shuffled already, so its reverse is as random a partner as any
        return self._weight * values + (1 - self._weight) * ops.flip(values, axis=0)
