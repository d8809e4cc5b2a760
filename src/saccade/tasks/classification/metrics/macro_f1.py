"""Mean of the classes' F1, so that rare classes count as much as common ones; bootstrap interval."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import Counts, middle, resampled_scores
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._counting import Floats, confusion, f1


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the mean F1 of the classes that have images or are predicted, 0 to 1."""
    counts = confusion(labels, probabilities)
    value = np.nanmean(f1(counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)))
    return middle(float(value), resampled_scores(counts, lambda *drawn: _mean_f1(*drawn, among=slice(None))))


def of_present(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the mean F1 of the classes that have images, 0 to 1: of data that hold some of the classes only."""
    present = np.unique(labels)
    counts = confusion(labels, probabilities)
    value = f1(counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0))[present].mean()
    return middle(float(value), resampled_scores(counts, lambda *drawn: _mean_f1(*drawn, among=present)))


def _mean_f1(right: Counts, true: Counts, predicted: Counts, *, among: Any) -> Floats:
    """Return the mean F1 of some classes, (m,), of counts (m, k)."""
    return np.asarray(np.nanmean(f1(right, true, predicted)[:, among], axis=1))
