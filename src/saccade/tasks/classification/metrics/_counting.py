"""Right and wrong answers, counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def confusion(labels: NDArray[np.int64], probabilities: Floats) -> NDArray[np.int64]:
    """Return counts (k, k) by true class (rows) and predicted class (columns)."""
    classes = probabilities.shape[1]
    cells = labels * classes + probabilities.argmax(axis=1)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


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
