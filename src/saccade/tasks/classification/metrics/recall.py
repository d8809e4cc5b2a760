"""Of the images of a class, the share that are predicted as this class, with Wilson's interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import PerClass
from saccade.tasks.classification.metrics._counting import Floats, confusion


def compute(labels: NDArray[np.int64], probabilities: Floats) -> PerClass:
    """Return the recall of each class; not defined for a class without images."""
    counts = confusion(labels, probabilities)
    return PerClass(wilson(counts.diagonal(), counts.sum(axis=1)))
