"""How answers to many images are read, scored and put into words: of classes, or as a task says."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from scipy import stats

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.core.metric_value import MetricValue

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Scoring(ABC):
    """What answers (n, k) to n images are worth, and how to say so.

    Attributes:
        outputs: names of the k answers.
        answers_in_words: what they are called: "classes".
        strongest: what an image with the largest of an answer is: "surest".
        group, groups: what images are grouped by in the drawing, one and several: "class", "classes".
        are_ordered: whether groups are, as ranges of a number.
        on_space: what the last layer does with the features, in a sentence or two.
        measure: what `score` is called in JSON.
        moved_about: what silencing one channel is measured by, for the page.
        otherwise: from when on an answer counts as another, in a sentence; "" where that goes without saying.
    """

    outputs: tuple[str, ...]
    answers_in_words: str
    strongest: str = "surest"
    group: str
    groups: str
    are_ordered: bool = False
    on_space: str
    measure: str
    moved_about: str
    otherwise: str = ""

    def read(self, answers: Any) -> Floats:
        """Return what the network gives, a tensor (n, k), as answers (n, k)."""
        return np.asarray(keras.ops.convert_to_numpy(answers), np.float64)

    @abstractmethod
    def score(self, answers: Floats, truth: Array) -> MetricValue:
        """Return how good the answers are, with a 95% interval."""

    @abstractmethod
    def worth(self, answers: Floats, truth: Array) -> Floats:
        """Return how good the answer to each image is, (n,); the more the better."""

    @abstractmethod
    def is_wrong(self, answers: Floats, truth: Array) -> Flags:
        """Return which images are answered wrong, (n,)."""

    @abstractmethod
    def differs(self, before: Floats, after: Floats) -> Flags:
        """Return which images are answered otherwise, (n,)."""

    @abstractmethod
    def moved(self, before: Floats, after: Floats) -> Floats:
        """Return how much the answer to each image moved, (n,), at least 0."""

    # In words

    @abstractmethod
    def scored(self, score: MetricValue) -> str:
        """Return "93.1% of them answered right"."""

    @abstractmethod
    def interval(self, score: MetricValue) -> str:
        """Return "90.2 to 95.3%"."""

    @property
    @abstractmethod
    def wrong_in_words(self) -> str:
        """What is the matter with a wrong answer: "answered wrong"."""

    @abstractmethod
    def changed(self, drop: MetricValue) -> Markup:
        """Return what became of the score when `worth` fell so much on average: "accuracy −3.1 points"."""

    @abstractmethod
    def moves(self, moved: MetricValue) -> str:
        """Return "3.1% of the probability", of which a channel that is silenced moves so much on average."""

    @abstractmethod
    def said(self, answer: Floats) -> str:
        """Return the answer (k,) to one image: "cat (93.1%)"."""

    @abstractmethod
    def true(self, truth: Any) -> str:
        """Return what the data say of one image."""


@dataclass(frozen=True)
class ClassScoring(Scoring):
    """Of probabilities (or logits) of classes: the most probable one is the answer; truth (n,) are positions."""

    outputs: tuple[str, ...]
    answers_in_words = "classes"
    group = "class"
    groups = "classes"
    on_space = "That layer only draws flat borders through it, so classes must lie apart here."
    measure = "accuracy"
    moved_about = "how much probability goes from some classes to others"

    def read(self, answers: Any) -> Floats:
        """Return answers as probabilities; those of a network that ends in logits through a softmax."""
        return probabilities(answers)

    def score(self, answers: Floats, truth: Array) -> MetricValue:
        """Return the share of right answers, with its Wilson interval."""
        return share(~self.is_wrong(answers, truth))

    def worth(self, answers: Floats, truth: Array) -> Floats:
        """Return 1 for each right answer."""
        return np.asarray(~self.is_wrong(answers, truth), np.float64)

    def is_wrong(self, answers: Floats, truth: Array) -> Flags:
        """Return where another class is the most probable."""
        return np.asarray(answers.argmax(axis=1) != truth)

    def differs(self, before: Floats, after: Floats) -> Flags:
        """Return where another class is the most probable than before."""
        return np.asarray(before.argmax(axis=1) != after.argmax(axis=1))

    def moved(self, before: Floats, after: Floats) -> Floats:
        """Return how much probability goes from some classes to others, 0 to 1."""
        return np.asarray(np.abs(after - before).sum(axis=1) / 2)

    def scored(self, score: MetricValue) -> str:
        """Return the share of right answers."""
        return f"{score.value:.1%} of them answered right"

    def interval(self, score: MetricValue) -> str:
        """Return its ends."""
        return percents(score)

    @property
    def wrong_in_words(self) -> str:
        """Another class."""
        return "answered wrong"

    def changed(self, drop: MetricValue) -> Markup:
        """Return the change of the accuracy in points."""
        return Markup("accuracy {} points").format(change(drop, scale=-100))

    def moves(self, moved: MetricValue) -> str:
        """Return the share of the probability."""
        return f"{100 * (moved.value or 0):.1f}% of the probability"

    def said(self, answer: Floats) -> str:
        """Return the class and its probability."""
        best = int(answer.argmax())
        return f"{self.outputs[best]} ({answer[best]:.1%})"

    def true(self, truth: Any) -> str:
        """Return the class."""
        return self.outputs[int(truth)]


def probabilities(answers: Any) -> Floats:
    """Return answers (n, k) as probabilities; those of a network that ends in logits through a softmax."""
    found: Floats = np.asarray(keras.ops.convert_to_numpy(answers), np.float64)
    if (found >= 0).all() and np.allclose(found.sum(axis=1), 1, atol=1e-2):
        return found
    raised = np.exp(found - found.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def share(chosen: Flags) -> MetricValue:
    """Return the share of chosen ones, with its Wilson interval."""
    interval = stats.binomtest(int(chosen.sum()), len(chosen)).proportion_ci(method="wilson")
    return MetricValue(float(chosen.mean()), float(interval.low), float(interval.high))


def percents(score: MetricValue) -> str:
    """Return the ends of a share's interval: "90.2 to 95.3%"."""
    low, high = (score.value if each is None else each for each in (score.low, score.high))
    return f"{100 * (low or 0):.1f} to {100 * (high or 0):.1f}%"


def change(drop: MetricValue, *, scale: float, form: str = "+.1f") -> Markup:
    """Return by how much a score changed, with its interval: a drop times a scale, −100 for points of a percentage."""
    ends = [None if each is None else scale * each for each in (drop.value, drop.low, drop.high)]
    value, *interval = (None if each is None else f"{each:{form}}".replace("-", "−") for each in ends)
    low, high = interval if scale > 0 else reversed(interval)
    return Markup("{}").format(value) + (
        Markup(' <span class="pale">({} to {})</span>').format(low, high) if low is not None else ""
    )
