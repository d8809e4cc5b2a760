"""Rows that are the same."""

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 1 << 16  # rows


def same_rows(values: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (m,), a number for each of some rows, from 0, equal where all their values are equal.

    Rows are compared by a 64-bit hash: two different rows of a million agree by chance once in 30 million tables.

    Args:
        values: (n, d), float32, with one kind of zero and of NaN, as a `Table` has them.
        rows: (m,), positions.
    """
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 1 << 63, (2, values.shape[1]), dtype=np.uint64) | np.uint64(1)
    hashes = np.empty(len(rows), np.uint64)
    for start in range(0, len(rows), _AT_ONCE):
        bits = np.ascontiguousarray(values[rows[start : start + _AT_ONCE]]).view(np.uint32).astype(np.uint64)
        mixed = (bits + np.uint64(1)) * first  # wraps, as it shall
        mixed ^= mixed >> np.uint64(32)
        hashes[start : start + _AT_ONCE] = (mixed * second).sum(axis=1, dtype=np.uint64)
    return np.unique(hashes, return_inverse=True)[1].astype(np.int64)
