"""Pictures by true class (rows) and predicted class (columns)."""

import numpy as np
from numpy.typing import NDArray

from saccade.metrics import _counting
from saccade.metrics._counting import Floats
from saccade.score import Matrix


def compute(labels: NDArray[np.int64], probabilities: Floats) -> Matrix:
    """Return the confusion matrix, (k, k) counts."""
    return Matrix(tuple(tuple(row) for row in _counting.confusion(labels, probabilities).tolist()))
