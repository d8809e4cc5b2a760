"""What the last layer of a network says, and the scores behind it that can be explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Layer, keras
from saccade.core.errors import RunError
from saccade.inspection.running import LayerRun

layers, ops = keras.layers, keras.ops

Kind = Literal["softmax", "sigmoid", "yes or no", "logits", "probabilities", "number"]

_SCORES = {
    "softmax": "the score before the softmax (logit)",
    "sigmoid": "the score before the sigmoid (logit)",
    "yes or no": "the score before the sigmoid (logit; its negative for the first class)",
    "logits": "the output itself: the last layer has no softmax, its numbers are taken for logits",
    "probabilities": "the output itself",
    "number": "the output itself: one number, no probability",
}


@dataclass(frozen=True)
class Answering:
    """How to read the answers of one network.

    Explanations explain the score before softmax or sigmoid, where the last layer shows it: a probability near 1 hardly
    changes any more whatever one does to the image, and its softmax mixes in what speaks against the other classes.

    Attributes:
        kind: how the last layer ends.
        classes: of the answer; two for one unit with a sigmoid.
    """

    kind: Kind
    classes: int

    @property
    def score_in_words(self) -> str:
        """What the explanations explain."""
        return _SCORES[self.kind]

    def scores(self, last: LayerRun) -> Any:
        """Return a tensor (n, classes), larger for the more probable class, of the last layer's run."""
        if self.kind in ("logits", "probabilities", "number"):
            return last.outputs[0]
        before = _before_activation(last)
        return ops.concatenate([-before, before], axis=-1) if self.kind == "yes or no" else before

    def probabilities(self, last: LayerRun) -> NDArray[np.float32]:
        """Return (n, classes): probabilities, or for kind "number" the numbers as they are."""
        given = np.asarray(last.output, np.float32)
        if self.kind == "yes or no":
            return np.concatenate([1 - given, given], axis=-1)
        if self.kind == "logits":
            given = np.exp(given - given.max(axis=-1, keepdims=True))
            return np.asarray(given / given.sum(axis=-1, keepdims=True), np.float32)
        return given


def answering(last: LayerRun) -> Answering | None:
    """Return how to read the answers of a network from the run of its last layer; None when it gives no row of numbers.

    A network without softmax or sigmoid gives probabilities when they look like it, else logits.
    """
    shape = tuple(last.outputs[0].shape[1:])
    if len(shape) != 1:
        return None
    units, ending = shape[0], _ending(last.layer)
    if ending == "sigmoid":
        return Answering("yes or no", 2) if units == 1 else Answering("sigmoid", units)
    if units == 1:
        return Answering("number", 1)
    if ending == "softmax":
        return Answering("softmax", units)
    given = last.output
    shares = bool((given >= 0).all()) and bool(np.allclose(given.sum(axis=-1), 1, atol=1e-3))
    return Answering("probabilities" if shares else "logits", units)


def last_of(runs: Iterable[LayerRun]) -> LayerRun:
    """Return the run of the last layer, which gives the answer."""
    last = None
    for last in runs:  # noqa: B007  (only the last is wanted, the others need not be kept)
        pass
    if last is None:
        raise RunError("The network has no layers: what comes in goes out.")
    return last


def _ending(layer: Layer) -> str:
    if isinstance(layer, layers.Softmax):
        return "softmax"
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    return name if isinstance(layer, layers.Dense | layers.Activation) and name in ("softmax", "sigmoid") else ""


def _before_activation(last: LayerRun) -> Any:
    if not isinstance(last.layer, layers.Dense):
        return last.inputs[0]
    # computed anew: a dense layer gives its numbers only after its activation
    numbers = ops.matmul(last.inputs[0], ops.cast(last.layer.kernel, last.inputs[0].dtype))
    return numbers if last.layer.bias is None else numbers + ops.cast(last.layer.bias, numbers.dtype)
