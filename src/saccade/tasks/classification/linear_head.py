"""The layer of the classes, solved for on features: multinomial logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saccade.tasks import linear_head
from saccade.tasks.linear_head import MOST_FOLDS, Problem, scaling

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

STRENGTHS = (1.0, 10.0, 100.0)
"""Weight of the data against the penalty, times 1 / number of images. On photos of waste, ten a class and all 2,500,
the best is among them, and a factor of ten costs a point at most."""

_MOST_STEPS = 300
_LEAST = 1e-7  # probability: one answer that is quite wrong does not decide alone

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class LinearHead(linear_head.LinearHead):
    """A dense layer with softmax; `cross_validated` is an accuracy."""

    def answers(self, vectors: Vectors) -> Vectors:
        """Return probabilities (n, k) for features (n, d)."""
        return softmax(self.outputs(vectors))


def softmax(outputs: Vectors) -> Vectors:
    """Return probabilities (n, k) for what the layer gives, (n, k)."""
    raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def fit(
    train: tuple[Vectors, Labels],
    validation: tuple[Vectors, Labels],
    *,
    classes: int,
    seed: int,
    balanced: bool = False,
    strengths: Sequence[float] = (),
) -> LinearHead:
    """Return the head that fits training images best, with the strength that does best on others.

    Args:
        train: features (n, d) and classes (n,).
        validation: likewise; chooses the strength when it has `ENOUGH` images.
        classes: how many there are; those without a training image are never answered.
        seed: of the folds.
        balanced: classes weigh the same, however many images they have.
        strengths: to choose from; none: `STRENGTHS`.
    """
    strengths = strengths or STRENGTHS

    def solve(vectors: Vectors, labels: Labels, strength: float) -> LinearHead:
        return solved(vectors, labels, classes=classes, strength=strength, balanced=balanced)

    if len(np.unique(train[1])) < 2:
        return solve(np.asarray(train[0], np.float32), train[1], strengths[0])
    problem = Problem(solve, loss, accuracy, lambda labels: _folds(labels, seed))
    head: LinearHead = linear_head.choose(problem, train, validation, strengths)
    return head


def _folds(labels: Labels, seed: int) -> Sequence[tuple[Labels, Labels]]:
    """Return the folds of labels; none where a class of one image cannot be left out."""
    count = min(MOST_FOLDS, int(np.bincount(labels)[np.unique(labels)].min()))
    if count < 2:
        return []
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415  (a second to import, with scipy.stats)

    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels))


def accuracy(outputs: Vectors, labels: Labels) -> float:
    """Return the share (0 to 1) of images whose largest output is that of their class."""
    return float((outputs.argmax(axis=1) == labels).mean())


def balanced_accuracy(outputs: Vectors, labels: Labels) -> float:
    """Return the mean over the classes that have images of the share (0 to 1) of theirs that `accuracy` counts."""
    right = outputs.argmax(axis=1) == labels
    return float(np.mean([right[labels == each].mean() for each in np.unique(labels)]))


def loss(outputs: Vectors, labels: Labels) -> float:
    """Return the mean cross-entropy of outputs (n, k)."""
    likely = softmax(outputs)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likely, _LEAST)).mean())


def solved(
    vectors: Vectors,
    labels: Labels,
    *,
    classes: int,
    strength: float = STRENGTHS[1],
    balanced: bool = False,
) -> LinearHead:
    """Return the solution for one strength; arguments as for `fit`."""
    mean, scale = scaling(vectors)
    present = np.unique(labels)
    kernel, bias = np.zeros((vectors.shape[1], classes), np.float32), np.full(classes, -30, np.float32)
    if len(present) < 2:
        bias[present] = 0
        return LinearHead(kernel, bias, strength)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (likewise)

    weighing = "balanced" if balanced else None
    model = LogisticRegression(C=strength / len(labels), class_weight=weighing, max_iter=_MOST_STEPS, tol=1e-3)
    model.fit((vectors - mean) * scale, labels)
    weights, offsets = _both_sides(model)
    kernel[:, present] = weights * scale[:, None]
    bias[present] = offsets - mean @ kernel[:, present]
    return LinearHead(kernel, bias, strength)


def _both_sides(model: "LogisticRegression") -> tuple[Vectors, Vectors]:
    """Return weights (d, k) and biases (k,); of two classes scikit-learn has only the difference."""
    weights, biases = model.coef_, model.intercept_
    if len(weights) == 1:
        weights, biases = np.concatenate([-weights, weights]) / 2, np.concatenate([-biases, biases]) / 2
    return np.asarray(weights.T, np.float32), np.asarray(biases, np.float32)
