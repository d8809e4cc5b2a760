"""Mean of the classes' recall: accuracy if every class were met as often as any other; bootstrap interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import Counts, middle, resampled_scores
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._counting import Floats, confusion


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the balanced accuracy of the classes that have images, 0 to 1; one answer for all has 1 / classes."""
    counts = confusion(labels, probabilities)
    present = counts.sum(axis=1) > 0
    value = float((counts.diagonal()[present] / counts.sum(axis=1)[present]).mean())

    def mean_recall(right: Counts, true: Counts, _: Counts) -> Floats:
        recalls = np.divide(right, true, out=np.full(right.shape, np.nan), where=true > 0)
        return np.asarray(np.nanmean(recalls[:, present], axis=1))

    return middle(value, resampled_scores(counts, mean_recall))
