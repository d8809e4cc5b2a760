"""Images by true class (rows) and predicted class (columns)."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import Matrix, SparseMatrix
from saccade.tasks.classification.metrics import _counting
from saccade.tasks.classification.metrics._counting import Floats

MOST_DENSE = 200
"""Classes of which all cells are kept; of more, those that are not empty."""


def compute(labels: NDArray[np.int64], probabilities: Floats) -> Matrix | SparseMatrix:
    """Return the confusion matrix, (k, k) counts; of more than 200 classes as a sparse one."""
    counts = _counting.confusion(labels, probabilities)
    if counts.shape[0] <= MOST_DENSE:
        return Matrix(tuple(tuple(row) for row in counts.toarray().tolist()))
    filled = counts.tocoo()
    columns = (*filled.coords, filled.data)
    return SparseMatrix(counts.shape[0], tuple(zip(*(column.tolist() for column in columns), strict=True)))
