"""Within a training step of one rank: draw, and take means, as if the whole batch were here.

Keras draws augmentation, dropout and noise in the shape of the batch that it sees, and normalises by its statistics;
both would depend on how many ranks there are. So while the step becomes a graph, Keras's functions for them are
replaced (`keras_functions`): random numbers are drawn for the whole batch, by the same seeds, and a rank takes those of
its rows; means over the batch are sums over all ranks.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import tensorflow as tf

from saccade.core import batch_mean
from saccade.core.errors import RecipeError
from saccade.training.distributed.collectives import Collectives
from saccade.training.distributed.keras_functions import replaced

BY_SHAPE = ("uniform", "normal", "truncated_normal", "randint", "gamma", "beta")
NOT_SHARED = ("categorical", "binomial", "shuffle")

Replacing = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Part:
    """The rows of a batch that a rank has.

    Attributes:
        count: rows of the whole batch, a scalar.
        rows: (k,) which of them are here; row 0 alone where none is.
        is_empty: whether that is so, a scalar.
        collectives: sums over all ranks.
    """

    count: Any
    rows: Any
    is_empty: Any
    collectives: Collectives

    @classmethod
    def of(cls, count: Any, *, rank: int, size: int, collectives: Collectives) -> "Part":
        """Return a rank's part of a batch of so many rows, as `batch_rows.own_rows` does, within a graph."""
        pairs = count // 2
        first, last = pairs * rank // size, pairs * (rank + 1) // size
        middle = tf.range(pairs, count - pairs if rank == size - 1 else pairs)
        rows = tf.concat([tf.range(first, last), middle, tf.range(count - last, count - first)], axis=0)
        is_empty = tf.equal(tf.size(rows), 0)
        return cls(count, tf.cond(is_empty, lambda: tf.zeros((1,), tf.int32), lambda: rows), is_empty, collectives)

    @property
    def counted(self) -> Any:
        """How much a row here counts: 1, or 0 where none is the rank's own; a float scalar."""
        return 1.0 - tf.cast(self.is_empty, tf.float32)

    @property
    def weight(self) -> Any:
        """The part of the batch that is here, a float scalar."""
        return self.counted * tf.cast(tf.size(self.rows), tf.float32) / tf.cast(self.count, tf.float32)

    def mine(self, values: Any, *, axis: int, block: Any = 1) -> Any:
        """Return what belongs to the rows here, of values of the whole batch with `block` entries a row."""
        at = tf.reshape(self.rows[:, None] * block + tf.range(block)[None], [-1])
        return tf.gather(values, at, axis=axis)

    def total(self, values: Any) -> Any:
        """Return the sum over all ranks, which has a gradient.

        The gradients of a rank are weighed by its part of the batch at the end; so that those which come back from
        other ranks are weighed by theirs, they are divided by it here.
        """

        @tf.custom_gradient
        def summed(values: Any) -> Any:
            def back(upstream: Any) -> Any:
                return tf.math.divide_no_nan(self.collectives.total(self.weight * upstream), self.weight)

            return self.collectives.total(values), back

        return summed(values)


@contextmanager
def seen_as_whole(part: Part) -> Iterator[None]:
    """Replace what Keras draws and averages over the batch, while a step becomes a graph."""
    drawn: dict[str, Replacing] = {name: partial(_drawn_whole, part=part) for name in BY_SHAPE}
    drawn |= {name: partial(_refused, name=name) for name in NOT_SHARED}
    drawn["dropout"] = partial(_dropout, part=part)
    random = {("random", name): make for name, make in drawn.items()}
    with (
        replaced({**random, ("statistics", "moments"): partial(_moments, part=part)}),
        batch_mean.taken_by(lambda values: _mean(values, part)),
    ):
        yield


def _drawn_whole(draw: Callable[..., Any], part: Part) -> Callable[..., Any]:
    def drawn(shape: Any, *given: Any, **named: Any) -> Any:
        sides = _sides(shape)
        axis = next((at for at, side in enumerate(sides) if tf.is_tensor(side)), None)
        if axis is None:  # not of the batch's shape: the same for all
            return draw(shape, *given, **named)
        block = sides[axis] // tf.size(part.rows)
        sides[axis] = block * part.count
        return part.mine(draw(sides, *given, **named), axis=axis, block=block)

    return drawn


def _dropout(dropout: Callable[..., Any], part: Part) -> Callable[..., Any]:
    """Return a dropout whose mask is that of the whole batch."""

    def dropped(inputs: Any, rate: float, noise_shape: Sequence[Any] | None = None, seed: Any = None) -> Any:
        shape = [tf.shape(inputs)[at] if side is None else side for at, side in enumerate(inputs.shape)]
        if noise_shape is not None:
            shape = [own if side is None else side for own, side in zip(shape, noise_shape, strict=True)]
        mask = _drawn_whole(lambda sides: dropout(tf.ones(sides, inputs.dtype), rate, None, seed), part)
        return inputs * mask(shape)

    return dropped


def _refused(draw: Callable[..., Any], name: str) -> Callable[..., Any]:
    def refuse(*given: Any, **named: Any) -> Any:
        raise RecipeError(f"This network draws by keras.random.{name}, which several processes cannot share: use one.")

    return refuse


def _sides(shape: Any) -> list[Any]:
    if tf.is_tensor(shape):
        return list(tf.unstack(shape))
    return list(shape)


def _moments(moments: Callable[..., Any], part: Part) -> Callable[..., Any]:
    """Return mean and variance over the whole batch where Keras takes them over that here, as tf.nn.moments does."""

    def whole(x: Any, axes: Sequence[int], keepdims: bool = False, synchronized: bool = False) -> Any:
        if 0 not in axes:
            return moments(x, axes, keepdims=keepdims)
        values = tf.cast(x, tf.float32)
        here = tf.cast(tf.size(values), tf.float32)
        total = tf.reduce_sum(values, axis=axes, keepdims=True)
        count = part.collectives.total(part.counted * here / tf.cast(tf.size(total), tf.float32))
        mean = part.total(part.counted * total) / count
        off = tf.math.squared_difference(values, tf.stop_gradient(mean))
        variance = part.total(part.counted * tf.reduce_sum(off, axis=axes, keepdims=True)) / count
        found = (mean, variance) if keepdims else (tf.squeeze(mean, axes), tf.squeeze(variance, axes))
        return tuple(tf.cast(each, x.dtype) for each in found)

    return whole


def _mean(values: Any, part: Part) -> Any:
    return part.total(part.counted * tf.reduce_sum(values)) / tf.cast(part.count, tf.float32)
