"""Of the images predicted as a class, the share that are of this class, with Wilson's interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import PerClass
from saccade.tasks.classification.metrics._counting import Floats, confusion


def compute(labels: NDArray[np.int64], probabilities: Floats) -> PerClass:
    """Return the precision of each class; not defined for a class that is never predicted."""
    counts = confusion(labels, probabilities)
    return PerClass(wilson(counts.diagonal(), counts.sum(axis=0)))
