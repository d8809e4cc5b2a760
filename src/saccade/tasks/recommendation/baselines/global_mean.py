"""The mean of all ratings, whoever rates whatever."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


class GlobalMean:
    """One number; it ranks nothing."""

    def __init__(self, mean: float) -> None:
        self.mean = mean
        self.chosen: dict[str, float] = {}

    def expected(self, known: csr_matrix) -> NDArray[np.float32]:
        """Return (n, items) times the mean."""
        return np.full(known.shape, self.mean, np.float32)

    def scores(self, known: csr_matrix) -> None:
        """Return nothing: all items are alike."""


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> GlobalMean:
    """Return it fitted to ratings (users, items)."""
    return GlobalMean(float(training.data.mean()))
