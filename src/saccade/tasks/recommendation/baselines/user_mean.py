"""The mean of the user's own ratings, whatever the item; of users without ratings, that of all."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


class UserMean:
    """A number a user; it ranks nothing."""

    def __init__(self, mean: float) -> None:
        self.mean = mean
        self.chosen: dict[str, float] = {}

    def expected(self, known: csr_matrix) -> NDArray[np.float32]:
        """Return the mean of each row of known ratings, (n, items)."""
        count = np.diff(known.indptr)
        sums = np.asarray(known.sum(axis=1), np.float64).ravel()
        means = np.where(count > 0, sums / np.maximum(count, 1), self.mean)
        return np.repeat(means.astype(np.float32)[:, np.newaxis], known.shape[1], axis=1)

    def scores(self, known: csr_matrix) -> None:
        """Return nothing: to a user all items are alike."""


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> UserMean:
    """Return it fitted to ratings (users, items)."""
    return UserMean(float(training.data.mean()))
