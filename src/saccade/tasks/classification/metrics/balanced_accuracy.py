"""Mean of the classes' recall: accuracy if every class were met as often as any other; bootstrap interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import middle, resample_confusion
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._counting import Floats, confusion


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the balanced accuracy of the classes that have images, 0 to 1; one answer for all has 1 / classes."""
    counts = confusion(labels, probabilities)
    present = counts.sum(axis=1) > 0
    value = float((counts.diagonal()[present] / counts.sum(axis=1)[present]).mean())
    right, true, _ = resample_confusion(counts)
    recalls = np.divide(right, true, out=np.full(right.shape, np.nan), where=true > 0)
    return middle(value, np.nanmean(recalls[:, present], axis=1))
