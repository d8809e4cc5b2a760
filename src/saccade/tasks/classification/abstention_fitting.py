"""Validation answers → the levels of abstention, each with what it promises."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from saccade.tasks.classification.abstention import Level

COVERAGES = tuple(range(100, 0, -5))
"""Percent of the images answered at each level."""

DOUBT = 0.05 / len(COVERAGES)
"""That a level's bound is wrong. Divided by their number (Bonferroni), because a level is chosen for its bound."""


def fit_levels(labels: NDArray[np.int64], answers: NDArray[np.float32]) -> tuple[Level, ...]:
    """Return what is known of each coverage, from all images down to few; the bound is Clopper's and Pearson's (1934).

    Args:
        labels: (n,), the true classes of validation images.
        answers: (n, k), their calibrated probabilities.
    """
    sure, wrong = answers.max(axis=1), answers.argmax(axis=1) != labels
    levels = {}
    for coverage in COVERAGES:
        # equal probabilities cannot be told apart: the level takes all of them
        threshold = float(np.sort(sure)[len(sure) - max(1, len(sure) * coverage // 100)])
        answered = sure >= threshold
        levels[threshold] = _level(threshold, int(answered.sum()), int(wrong[answered].sum()), len(sure))
    return tuple(levels[threshold] for threshold in sorted(levels))


def _level(threshold: float, answered: int, wrong: int, among: int) -> Level:
    bound = float(betaincinv(wrong + 1, answered - wrong, 1 - DOUBT)) if wrong < answered else 1.0
    return Level(
        coverage=answered / among,
        # the least sure are answered whatever they say when all are to be
        threshold=0.0 if answered == among else threshold,
        answered=answered,
        wrong=wrong,
        error_bound=bound,
    )
