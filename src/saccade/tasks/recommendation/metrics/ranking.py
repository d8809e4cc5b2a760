"""The ten items with the highest scores, and how many of the relevant ones are among them, and where."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from saccade.tasks.recommendation.questions import row_numbers

LENGTH = 10
"""Recommendations a user."""

Floats = NDArray[np.float64]

DISCOUNTS: Floats = 1 / np.log2(np.arange(2, LENGTH + 2))
"""What a relevant item is worth at each place (Järvelin and Kekäläinen 2002)."""

BEST: Floats = np.concatenate([[0.0], np.cumsum(DISCOUNTS)])
"""The worth of the best list with so many relevant items, 0 to 10."""


def recommended(scores: NDArray[np.floating], seen: csr_matrix, *, length: int = LENGTH) -> NDArray[np.int32]:
    """Return the items with the highest scores of those not seen, (n, length), the best first; -1 where none is left.

    Args:
        scores: (n, items), finite; equal ones are taken in the order of the items.
        seen: (n, items), what is no candidate.
        length: how many.
    """
    left = np.array(scores, np.float32)
    left[row_numbers(seen), seen.indices] = -np.inf
    length = min(length, left.shape[1])
    bound = np.partition(left, -length, axis=1)[:, -length, None]
    rows, items = np.nonzero((left >= bound) & (left > -np.inf))
    values = left[rows, items]
    order = np.lexsort((items, -values, rows))
    rows, items = rows[order], items[order]
    places = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = places < length
    found = np.full((len(left), length), -1, np.int32)
    found[rows[kept], places[kept]] = items[kept]
    return found


def places_of(found: NDArray[np.int32], asked: csr_matrix) -> NDArray[np.int64]:
    """Return at which place, from 0 on, each asked item (in the order of the matrix) is recommended; -1 for nowhere.

    Args:
        found: (n, length) of `recommended`.
        asked: (n, items).
    """
    count = asked.shape[1]
    rows, places = np.nonzero(found >= 0)
    keys = rows * count + found[rows, places]
    order = np.argsort(keys)
    wanted = row_numbers(asked) * count + asked.indices
    at = np.searchsorted(keys, wanted, sorter=order)
    hit = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(len(wanted), np.int64)
    there = keys[hit] == wanted if len(order) else np.zeros(len(wanted), bool)
    return np.where(there, places[hit] if len(order) else -1, -1)


def gains(places: NDArray[np.int64]) -> Floats:
    """Return what relevant items at these places are worth, 0 for those that are nowhere (-1)."""
    return np.where(places >= 0, DISCOUNTS[np.maximum(places, 0)], 0.0)
