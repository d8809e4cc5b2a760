"""Images by true class (rows) and predicted class (columns)."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import Matrix
from saccade.tasks.classification.metrics import _counting
from saccade.tasks.classification.metrics._counting import Floats


def compute(labels: NDArray[np.int64], probabilities: Floats) -> Matrix:
    """Return the confusion matrix, (k, k) counts."""
    return Matrix(tuple(tuple(row) for row in _counting.confusion(labels, probabilities).tolist()))
