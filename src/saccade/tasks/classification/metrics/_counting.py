"""Right and wrong answers, counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.floating[Any]]


def confusion(labels: NDArray[np.int64], probabilities: Floats) -> Any:
    """Return counts (k, k) by true class (rows) and predicted class (columns), a sparse array of integers.

    Its memory grows with the images and not with the square of the classes.
    """
    classes = probabilities.shape[1]
    cells, counts = np.unique(labels * classes + probabilities.argmax(axis=1), return_counts=True)
    return csr_array((counts.astype(np.int64), np.divmod(cells, classes)), shape=(classes, classes))


def f1(right: NDArray[np.int64], true: NDArray[np.int64], predicted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 2·right / (true + predicted), the harmonic mean of precision and recall; NaN for 0/0.

    Args:
        right: (..., k) images of a class that were predicted as this class.
        true: (..., k) images of a class.
        predicted: (..., k) images predicted as this class.
    """
    both = (true + predicted).astype(float)
    result: NDArray[np.float64] = np.divide(2 * right, both, out=np.full(both.shape, np.nan), where=both > 0)
    return result
