"""How many users have rated the item, whoever asks: the list of what everybody watches."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

TAKES_ONE_LEVEL = True


class Popularity:
    """A count an item; it says no ratings."""

    def __init__(self, counts: NDArray[np.float32]) -> None:
        self.counts = counts
        self.chosen: dict[str, float] = {}

    def expected(self, known: csr_matrix) -> None:
        """Return nothing: a count is no rating."""

    def scores(self, known: csr_matrix) -> NDArray[np.float32]:
        """Return the counts, the same in each of n rows, (n, items)."""
        return np.repeat(self.counts[np.newaxis], known.shape[0], axis=0)


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> Popularity:
    """Return it fitted to ratings (users, items)."""
    return Popularity(np.bincount(training.indices, minlength=training.shape[1]).astype(np.float32))
