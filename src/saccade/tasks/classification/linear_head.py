"""The layer of the classes, solved for on features: multinomial logistic regression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

STRENGTHS = (1.0, 10.0, 100.0)
"""Weight of the data against the penalty, times 1 / number of images. On photos of waste, ten a class and all 2,500,
the best is among them, and a factor of ten costs a point at most."""

ENOUGH = 50
"""Validation images from which on they choose; with fewer, cross-validation of the training images does."""

MOST_FOLDS = 5
_MOST_STEPS = 300
_LEAST = 1e-7  # probability: one answer that is quite wrong does not decide alone

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class LinearHead:
    """A dense layer with softmax.

    Attributes:
        kernel: (d, k), float32.
        bias: (k,), float32.
        strength: which was chosen; 0 when not known.
        cross_validated: accuracy on training images that were left out in turn; None where validation chose.
    """

    kernel: Vectors
    bias: Vectors
    strength: float = 0
    cross_validated: float | None = None

    def answers(self, vectors: Vectors) -> Vectors:
        """Return probabilities (n, k) for features (n, d)."""
        logits = np.asarray(vectors, np.float32) @ self.kernel + self.bias
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
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
    train, validation = _single(train), _single(validation)
    solve = partial(solved, *train, classes=classes, balanced=balanced)
    if len(np.unique(train[1])) < 2:
        return solve(strength=strengths[0])
    if len(validation[1]) >= ENOUGH:
        heads = [solve(strength=strength) for strength in strengths]
        return min(heads, key=lambda head: _loss(head.answers(validation[0]), validation[1]))
    return _cross_validated(*train, classes=classes, seed=seed, balanced=balanced, strengths=strengths)


def _single(part: tuple[Vectors, Labels]) -> tuple[Vectors, Labels]:
    return np.asarray(part[0], np.float32), part[1]


def _cross_validated(
    vectors: Vectors, labels: Labels, *, classes: int, seed: int, balanced: bool, strengths: Sequence[float]
) -> LinearHead:
    folds = min(MOST_FOLDS, int(np.bincount(labels)[np.unique(labels)].min()))
    solve = partial(solved, classes=classes, balanced=balanced)
    if folds < 2:  # a class of one image cannot be left out
        return solve(vectors, labels, strength=strengths[len(strengths) // 2])
    split = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(vectors, labels))
    answers = {strength: _left_out(vectors, labels, split, partial(solve, strength=strength)) for strength in strengths}
    best = min(strengths, key=lambda strength: _loss(answers[strength], labels))
    right = float((answers[best].argmax(axis=1) == labels).mean())
    return solve(vectors, labels, strength=best, cross_validated=right)


def _left_out(
    vectors: Vectors, labels: Labels, split: Sequence[tuple[Labels, Labels]], solve: Callable[..., LinearHead]
) -> Vectors:
    found = [(left, solve(vectors[kept], labels[kept]).answers(vectors[left])) for kept, left in split]
    order = np.argsort(np.concatenate([left for left, _ in found]))
    return np.asarray(np.concatenate([answers for _, answers in found])[order])


def _loss(answers: Vectors, labels: Labels) -> float:
    return float(-np.log(np.maximum(answers[np.arange(len(labels)), labels], _LEAST)).mean())


def solved(
    vectors: Vectors,
    labels: Labels,
    *,
    classes: int,
    strength: float = STRENGTHS[1],
    balanced: bool = False,
    cross_validated: float | None = None,
) -> LinearHead:
    """Return the solution for one strength; arguments as for `fit`.

    Features are brought half the way to equal spread: with ten images a class that is better than all of it, with many
    as good.
    """
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0)
    scale = (1 / np.sqrt(spread * spread.mean() + 1e-3)).astype(np.float32)
    present = np.unique(labels)
    kernel, bias = np.zeros((vectors.shape[1], classes), np.float32), np.full(classes, -30, np.float32)
    if len(present) < 2:
        bias[present] = 0
        return LinearHead(kernel, bias, strength, cross_validated)
    weighing = "balanced" if balanced else None
    model = LogisticRegression(C=strength / len(labels), class_weight=weighing, max_iter=_MOST_STEPS, tol=1e-3)
    model.fit((vectors - mean) * scale, labels)
    weights, offsets = _both_sides(model)
    kernel[:, present] = weights * scale[:, None]
    bias[present] = offsets - mean @ kernel[:, present]
    return LinearHead(kernel, bias, strength, cross_validated)


def _both_sides(model: LogisticRegression) -> tuple[Vectors, Vectors]:
    """Return weights (d, k) and biases (k,); of two classes scikit-learn has only the difference."""
    weights, biases = model.coef_, model.intercept_
    if len(weights) == 1:
        weights, biases = np.concatenate([-weights, weights]) / 2, np.concatenate([-biases, biases]) / 2
    return np.asarray(weights.T, np.float32), np.asarray(biases, np.float32)
