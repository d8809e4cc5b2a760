"""Averaged weights: validated and kept in place of those that are trained on."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from saccade.core.backend import keras

ops = keras.ops

EVERY = 4
"""Steps between two that are averaged: averaging each costs a small network a tenth of its time."""

ETA = 8.0
"""The average reaches back over about a (ETA + 1)th part of the training so far."""

Taken = TypeVar("Taken")


class SwappedWeights:
    """Weights of a network and averages of them, which can take each other's place."""

    def __init__(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Know each average and its weight, variables."""
        self._pairs = list(pairs)

    def swap(self) -> None:
        """Put the averages into the network and its weights in their place, exactly."""
        for average, weight in self._pairs:
            kept = ops.convert_to_numpy(weight)
            weight.assign(average)
            average.assign(kept)

    def around(self, take: Callable[[], Taken]) -> Taken:
        """Return what `take` gives while the averages are in the network."""
        self.swap()
        try:
            return take()
        finally:
            self.swap()


class MovingAverages(SwappedWeights):
    """The exponential moving averages that an optimizer keeps, with `use_ema`; a part of its state."""

    def __init__(self, optimizer: Any) -> None:
        """Take those of an optimizer that is built."""
        # private in Keras, whose own callback swaps by adding and subtracting, which rounds
        averages, weights = optimizer._model_variables_moving_average, optimizer._trainable_variables
        super().__init__([*zip(averages, weights, strict=False)])


class Averages(SwappedWeights):
    """Averages of a network's weights whose window grows with the training (Shamir and Zhang 2013, arXiv 1212.1824).

    At a constant learning rate they are about as good as the weights after a rate that falls to zero, and at any time.
    Statistics of batch normalisation are averaged too.

    Attributes:
        variables: the averages, a part of the state of training.
    """

    def __init__(self, network: Any) -> None:
        """Begin with the weights as they are; the network is built."""
        self._weights = [each for each in network.weights if each.trainable or "moving_" in each.name]
        self.variables = [
            keras.Variable(each, trainable=False, dtype=each.dtype, name=f"average_{number}")
            for number, each in enumerate(self._weights)
        ]
        super().__init__([*zip(self.variables, self._weights, strict=True)])

    def update(self, step: Any) -> None:
        """Take the weights in, after a step (an integer tensor, from 1), within a graph of TensorFlow."""
        due = ops.equal(step % EVERY, 0) | (step < EVERY)  # lest nothing is learnt in a training of three steps
        ops.cond(due, lambda: self._take_in(step), lambda: ops.equal(step, step))

    def _take_in(self, step: Any) -> Any:
        count = ops.cast(step // EVERY, "float32")
        share = ops.minimum(1.0, (ETA + 1) / (count + ETA))  # 1 for the first: nothing is left of the random start
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.assign(average + share * (weight - average))
        return ops.equal(step, step)


class AveragesValidated(keras.callbacks.Callback):
    """Validate with the averages, train on with the weights themselves."""

    def __init__(self, averages: SwappedWeights) -> None:
        super().__init__()
        self._averages = averages

    def on_test_begin(self, logs: Any = None) -> None:
        """Put the averages in."""
        self._averages.swap()

    def on_test_end(self, logs: Any = None) -> None:
        """Take them out again."""
        self._averages.swap()
