"""Visible units of a restricted Boltzmann machine: Bernoulli, or groups of which one unit is on, as for ratings."""

from dataclasses import dataclass
from typing import Any, Protocol

from saccade.core.backend import keras

ops = keras.ops


class VisibleUnits(Protocol):
    """How visible units answer their total inputs ("logits", (n, visible), any float)."""

    def means(self, logits: Any, *, known: Any = None) -> Any:
        """Return the probability of each unit (n, visible), 0 to 1; 0 where `known` (n, visible) is 0."""
        ...

    def sample(self, logits: Any, *, seed: Any, known: Any = None) -> Any:
        """Return states (n, visible), 0 or 1, drawn by these probabilities."""
        ...


@dataclass(frozen=True)
class Bernoulli:
    """Units that are on or off, each by itself."""

    def means(self, logits: Any, *, known: Any = None) -> Any:
        """Return the probability that each unit is on (n, visible); 0 where `known` is 0."""
        return _masked(ops.sigmoid(logits), known)

    def sample(self, logits: Any, *, seed: Any, known: Any = None) -> Any:
        """Return states (n, visible), 0 or 1; 0 where `known` is 0."""
        return _masked(draw(ops.sigmoid(logits), seed=seed), known)


BERNOULLI = Bernoulli()


@dataclass(frozen=True)
class Softmax:
    """Groups of `levels` consecutive units, of which one is on: an item and its possible ratings.

    After Salakhutdinov, Mnih and Hinton 2007, "Restricted Boltzmann machines for collaborative filtering": a group
    that is not known, an item without a rating, is no part of the machine of that row. All its units are 0, in the
    data and in every reconstruction.

    Attributes:
        levels: units of a group, at least 2.
    """

    levels: int

    def one_hot(self, codes: Any) -> Any:
        """Return states (n, items · levels) float32 of codes (n, items): 0 not rated, else 1 + the level's number."""
        hot = ops.one_hot(ops.cast(codes, "int32") - 1, self.levels, dtype="float32")  # −1 is nowhere on
        return self._flat(hot)

    def known(self, codes: Any) -> Any:
        """Return 1 for each unit of a rated item, else 0: (n, items · levels) float32."""
        return ops.repeat(ops.cast(ops.cast(codes, "int32") > 0, "float32"), self.levels, axis=-1)

    def grouped(self, units: Any) -> Any:
        """Return values of units (n, items · levels) as (n, items, levels)."""
        return ops.reshape(units, (-1, units.shape[-1] // self.levels, self.levels))

    def means(self, logits: Any, *, known: Any = None) -> Any:
        """Return the probability of each level (n, items · levels), 1 together in a group; 0 where `known` is 0."""
        return _masked(self._flat(ops.softmax(self.grouped(logits), axis=-1)), known)

    def sample(self, logits: Any, *, seed: Any, known: Any = None) -> Any:
        """Return states (n, items · levels) with one unit of each known group on.

        Drawn by the Gumbel-max trick: the largest of logits and noise is on as often as the softmax says.
        """
        uniform = keras.random.uniform(ops.shape(logits), minval=1e-20, seed=seed)
        largest = ops.argmax(self.grouped(logits - ops.log(-ops.log(uniform))), axis=-1)
        return _masked(self._flat(ops.one_hot(largest, self.levels, dtype="float32")), known)

    def _flat(self, grouped: Any) -> Any:
        return ops.reshape(grouped, (-1, grouped.shape[-2] * self.levels))


def draw(probabilities: Any, *, seed: Any) -> Any:
    """Return 1 with each probability, else 0, float32 of their shape."""
    return ops.cast(keras.random.uniform(ops.shape(probabilities), seed=seed) < probabilities, "float32")


def _masked(units: Any, known: Any) -> Any:
    return units if known is None else units * known
