"""A last layer that is solved for on features, with the strength that does best on images it was not fitted to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

ENOUGH = 50
"""Validation images from which on they choose; with fewer, cross-validation of the training images does."""

MOST_FOLDS = 5

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Targets = NDArray[Any]
Part = tuple[Vectors, Targets]
"""Features (n, d) and targets (n, ...) of some images."""


@dataclass(frozen=True)
class LinearHead:
    """A dense layer.

    Attributes:
        kernel: (d, k), float32.
        bias: (k,), float32.
        strength: which was chosen; 0 when not known.
        cross_validated: the score on training images that were left out in turn; None where validation chose.
    """

    kernel: Vectors
    bias: Vectors
    strength: float = 0
    cross_validated: float | None = None

    def outputs(self, vectors: Vectors) -> Vectors:
        """Return what the layer gives, before softmax or the like, (n, k), for features (n, d)."""
        return np.asarray(np.asarray(vectors, np.float32) @ self.kernel + self.bias, np.float32)


Head = TypeVar("Head", bound=LinearHead)


@dataclass(frozen=True)
class Problem:
    """What a head is solved for.

    Attributes:
        solve: gives the head of one strength: (features, targets, strength).
        loss: of outputs (n, k) for targets, a mean over images: by it the strength is chosen.
        score: likewise, what is said of a cross-validation.
        folds: pairs of positions of targets, of those that are fitted to and those left out; none where no image can
            be left out.
    """

    solve: Callable[[Vectors, Targets, float], Any]
    loss: Callable[[Vectors, Targets], float]
    score: Callable[[Vectors, Targets], float]
    folds: Callable[[Targets], Sequence[tuple[Rows, Rows]]]


def choose(problem: Problem, train: Part, validation: Part, strengths: Sequence[float]) -> Any:
    """Return the head that fits training images best, with the strength that does best on others.

    Args:
        problem: what it is solved for.
        train: features and targets.
        validation: likewise; chooses the strength when it has `ENOUGH` images.
        strengths: to choose from: weight of the data against the penalty, times 1 / number of images.
    """
    vectors, targets = np.asarray(train[0], np.float32), train[1]
    if len(validation[1]) >= ENOUGH:
        heads = [problem.solve(vectors, targets, strength) for strength in strengths]
        return min(heads, key=lambda head: problem.loss(head.outputs(validation[0]), validation[1]))
    return _cross_validated(problem, vectors, targets, strengths)


def _cross_validated(problem: Problem, vectors: Vectors, targets: Targets, strengths: Sequence[float]) -> Any:
    folds = problem.folds(targets)
    if not folds:
        return problem.solve(vectors, targets, strengths[len(strengths) // 2])
    outputs = {strength: _left_out(problem, vectors, targets, folds, strength) for strength in strengths}
    best = min(strengths, key=lambda strength: problem.loss(outputs[strength], targets))
    head = problem.solve(vectors, targets, best)
    return replace(head, cross_validated=problem.score(outputs[best], targets))


def _left_out(
    problem: Problem, vectors: Vectors, targets: Targets, folds: Sequence[tuple[Rows, Rows]], strength: float
) -> Vectors:
    """Return what is said of each image, (n, k), by the head that was fitted without it."""
    heads = [(left, problem.solve(vectors[kept], targets[kept], strength)) for kept, left in folds]
    found = np.concatenate([head.outputs(vectors[left]) for left, head in heads])
    return np.asarray(found[np.argsort(np.concatenate([left for left, _ in heads]))])


def scaling(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Return mean (d,) of features (n, d), and factors (d,) that bring them half the way to equal spread.

    With ten images a class that is better than all of the way, with many as good.
    """
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0)
    return mean, (1 / np.sqrt(spread * spread.mean() + 1e-3)).astype(np.float32)
