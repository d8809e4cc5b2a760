"""The mean of the item's ratings, whoever asks; of items without ratings, that of all."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


class ItemMean:
    """A number an item, by which it ranks them too: few high ratings come before many good ones."""

    def __init__(self, means: NDArray[np.float32]) -> None:
        self.means = means
        self.chosen: dict[str, float] = {}

    def expected(self, known: csr_matrix) -> NDArray[np.float32]:
        """Return the means, the same in each of n rows, (n, items)."""
        return np.repeat(self.means[np.newaxis], known.shape[0], axis=0)

    scores = expected


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> ItemMean:
    """Return it fitted to ratings (users, items)."""
    count = np.bincount(training.indices, minlength=training.shape[1])
    sums = np.bincount(training.indices, training.data, training.shape[1])
    means = np.where(count > 0, sums / np.maximum(count, 1), training.data.mean())
    return ItemMean(means.astype(np.float32))
