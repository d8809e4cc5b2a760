"""Confidence, the probability of the most probable class, against how often that class is right."""

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.classification.metrics._counting import Floats

BINS = 15
"""Of the calibration error and the reliability curve, as in Guo et al. 2017 (arXiv 1706.04599)."""


def confidence(labels: NDArray[np.int64], probabilities: Floats) -> tuple[Floats, Floats]:
    """Return the confidence (n,) of each answer and 1 where it is right, 0 where not, (n,), the least sure first."""
    sure = probabilities.max(axis=1).astype(float)
    right = (probabilities.argmax(axis=1) == labels).astype(float)
    order = np.argsort(sure, kind="stable")
    return sure[order], right[order]


def bin_edges(count: int) -> NDArray[np.int64]:
    """Return where bins of equal mass begin, in sorted answers, and where the last one ends: (bins + 1,).

    Bins of equal width leave most of them empty when a network is sure of most answers (Nixon et al. 2019,
    arXiv 1904.01685).
    """
    return np.linspace(0, count, min(BINS, count) + 1).astype(np.int64)


def error_of_bins(gaps: Floats, edges: NDArray[np.int64]) -> float:
    """Return Σ share of the bin · |accuracy − confidence|.

    Args:
        gaps: (n,), 1 or 0 for right or wrong minus the confidence, the least sure first.
        edges: from `bin_edges`.
    """
    return float(np.abs(np.add.reduceat(gaps, edges[:-1])).sum() / len(gaps))
