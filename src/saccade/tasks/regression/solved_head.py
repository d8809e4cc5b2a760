"""The last layer of a regression, solved for on features of images: ridge regression, robust where training is."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from saccade.tasks import linear_head, pretrained_training
from saccade.tasks.linear_head import MOST_FOLDS, LinearHead, Part, Problem, Rows, Vectors, scaling
from saccade.tasks.regression.measured_images import MeasuredImages
from saccade.tasks.regression.objective import HEAD_LAYER, unit
from saccade.tasks.solved_head import SolvedHead

STRENGTHS = (1.0, 10.0, 100.0, 1000.0)
"""Weight of the data against the penalty, times 1 / number of images."""

ROUNDS = 5
"""Of solving again with less weight for what errs by more than a standard deviation (Huber 1964)."""

Numbers = NDArray[np.float64]


def initialize(network: Any, recipe: Any, dataset: MeasuredImages) -> None:
    """Solve for the last layer of a pretrained network; whatever else is trained starts from there."""
    pretrained_training.initialize(network, recipe, dataset, head=_head(dataset))


def fitted_row(network: Any, recipe: Any, dataset: MeasuredImages) -> Any:
    """Return how good a last layer is that was solved for before the first step; None where more is trained."""
    return pretrained_training.fitted_row(network, recipe, dataset, head=_head(dataset))


def fit(train: Part, validation: Part, *, robust: bool, seed: int) -> LinearHead:
    """Return the head that fits training images best, with the strength that does best on others.

    Args:
        train: features (n, d) and numbers (n,), in standard deviations from their mean.
        validation: likewise; chooses the strength when it has `linear_head.ENOUGH` images.
        robust: whether errors beyond a standard deviation count singly, not squared.
        seed: of the folds.
    """
    problem = Problem(partial(solved, robust=robust), absolute_error, absolute_error, partial(_folds, seed=seed))
    head: LinearHead = linear_head.choose(problem, train, validation, STRENGTHS)
    return head


def solved(vectors: Vectors, targets: Numbers, strength: float, *, robust: bool = False) -> LinearHead:
    """Return the solution for one strength; arguments as for `fit`."""
    mean, scale = scaling(vectors)
    scaled, weights = (vectors - mean) * scale, np.ones(len(targets))
    model = Ridge(alpha=len(targets) / strength)
    for _ in range(ROUNDS if robust else 1):
        model.fit(scaled, targets, sample_weight=weights)
        errors = np.abs(model.predict(scaled) - targets)
        if errors.max() <= 1 and (weights == 1).all():
            break
        weights = 1 / np.maximum(errors, 1)
    kernel = np.asarray(model.coef_ * scale, np.float32)[:, None]
    return LinearHead(kernel, np.asarray(model.intercept_ - mean @ kernel, np.float32), strength)


def absolute_error(outputs: Vectors, targets: Numbers) -> float:
    """Return the mean absolute error of outputs (n, 1) for numbers (n,)."""
    return float(np.abs(outputs[:, 0] - targets).mean())


def _folds(targets: Numbers, *, seed: int) -> Sequence[tuple[Rows, Rows]]:
    count = min(MOST_FOLDS, len(targets) // 2)
    return list(KFold(count, shuffle=True, random_state=seed).split(targets)) if count > 1 else []


def _head(dataset: MeasuredImages) -> SolvedHead:
    mean, spread = unit(dataset)

    def targets(dataset: MeasuredImages, rows: Rows) -> Numbers:
        return (dataset.numbers[rows] - mean) / spread

    def in_unit(train: Part, validation: Part, recipe: Any, dataset: MeasuredImages) -> LinearHead:
        del dataset
        head = fit(train, validation, robust=recipe.loss == "huber", seed=recipe.seed)
        known = head.cross_validated
        return head if known is None else replace(head, cross_validated=known * spread)

    def scores(outputs: Vectors, targets: Numbers, recipe: Any) -> dict[str, float]:
        return {"mae": absolute_error(outputs, targets) * spread, "loss": _loss(outputs[:, 0] - targets, recipe.loss)}

    return SolvedHead(HEAD_LAYER, targets=targets, fit=in_unit, scores=scores, cross_validated="cv_mae")


def _loss(errors: Numbers, kind: str) -> float:
    """Return what training makes small, of errors in standard deviations."""
    size = np.abs(errors)
    found = np.where(size > 1, size - 0.5, size**2 / 2) if kind == "huber" else size**2
    return float(found.mean())
