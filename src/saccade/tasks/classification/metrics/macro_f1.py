"""Mean of the classes' F1, so that rare classes count as much as common ones; bootstrap interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import middle, resample_confusion
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._counting import Floats, confusion, f1


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the mean F1 of the classes that have images or are predicted, 0 to 1."""
    counts = confusion(labels, probabilities)
    value = np.nanmean(f1(counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)))
    return middle(float(value), np.nanmean(f1(*resample_confusion(counts)), axis=1))


def of_present(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the mean F1 of the classes that have images, 0 to 1: of data that hold some of the classes only."""
    present = np.unique(labels)
    counts = confusion(labels, probabilities)
    value = f1(counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0))[present].mean()
    return middle(float(value), np.nanmean(f1(*resample_confusion(counts))[:, present], axis=1))
