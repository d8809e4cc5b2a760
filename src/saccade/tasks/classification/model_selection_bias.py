"""What choosing among runs by their test accuracy does to it, and what other seeds give."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.run import Run
from saccade.tasks.classification.comparisons import Selection, Spread

MODELS = 3
"""From so many models on, choosing the best of them by the test split is worth a word."""


def selection(run: Run, right: NDArray[np.bool_], others: Sequence[Run]) -> Selection | None:
    """Return by how much the best test score of these models flatters; None for fewer than three models.

    The best of several is ahead in part by luck. Empirical Bayes (Efron and Morris 1973, JASA 68:117) draws every
    accuracy towards their mean by the part of the models' variance that chance explains. Chance is measured in pairs:
    images that all models find hard or easy do not count.

    Args:
        run: the run that is evaluated.
        right: (n,), whether it is right about each test image.
        others: further runs, evaluated on the same images in the same order.
    """
    if len(others) + 1 < MODELS or len(right) == 1:
        return None
    runs = [run, *others]
    answers = np.array([right, *(_right(other) for other in others)], np.float64)  # (models, images)
    order = np.argsort(-answers.mean(axis=1), kind="stable")
    # among the best three, four, … : a poor model beside them makes their lead no less lucky
    expected = min(_expected(answers[order[:most]]) for most in range(MODELS, len(runs) + 1))
    return Selection(len(runs), str(runs[order[0]].path), float(answers[order[0]].mean()), expected)


def _expected(answers: NDArray[np.float64]) -> float:
    """Return what the first of these models, the best of them, would reach on new images; (models, images)."""
    accuracies, (count, images) = answers.mean(axis=1), answers.shape
    left = answers - accuracies[:, None] - answers.mean(axis=0) + answers.mean()
    chance = float((left**2).sum()) / ((count - 1) * (images - 1)) / images
    found = float(accuracies.var(ddof=1))
    luck = min(1.0, chance / found) if found else 0.0
    return float(accuracies[0] - luck * (accuracies[0] - accuracies.mean()))


def _right(run: Run) -> list[bool]:
    return run.read_predictions(lambda row: row["true"] == row["predicted"])


def spread(run: Run, accuracy: float, others: Sequence[Run]) -> Spread | None:
    """Return the spread of the test accuracy over the runs of the same recipe with other seeds, if there are any."""
    settings = _without_seed(run)
    alike = [other for other in others if _without_seed(other) == settings and other.recipe.seed != run.recipe.seed]
    found = [accuracy, *(other.evaluation["metrics"]["accuracy"]["value"] for other in alike)]
    return Spread(len(found), float(np.mean(found)), float(np.std(found, ddof=1))) if alike else None


def _without_seed(run: Run) -> dict[str, Any]:
    return run.recipe.model_dump(exclude={"seed", "name", "asked"})
