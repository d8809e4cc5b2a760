"""Number of images of each class."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import MetricValue, PerClass
from saccade.tasks.classification.metrics._counting import Floats


def compute(labels: NDArray[np.int64], probabilities: Floats) -> PerClass:
    """Return the number of images of each class."""
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    return PerClass(tuple(MetricValue(count) for count in counts.tolist()))
