"""Share of the images whose most probable class is the true one, with Wilson's interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._counting import Floats


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the accuracy, 0 to 1."""
    right = (probabilities.argmax(axis=1) == labels).sum()
    return wilson(np.array([right]), np.array([len(labels)]))[0]
