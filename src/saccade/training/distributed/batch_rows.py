"""Which rows of a batch a rank takes.

A rank that takes a row takes its mirror image too: of 8 rows on two ranks, 0, 1, 6, 7 and 2, 3, 4, 5. So what pairs
each row with that at the same place from the end, as mixup does, finds both at home.
"""

import numpy as np
from numpy.typing import NDArray


def own_rows(count: int, *, rank: int, size: int) -> NDArray[np.int64]:
    """Return the rows (k,) of a batch of `count` that a rank takes, in order; each row is of one rank."""
    first, last, middle = _bounds(count, rank, size)
    found: NDArray[np.int64] = np.r_[first:last, middle, count - last : count - first].astype(np.int64)
    return found


def rows_to_read(count: int, *, rank: int, size: int) -> NDArray[np.int64]:
    """Return the rows of a batch that a rank must have: one that takes none still runs the step, on row 0."""
    rows = own_rows(count, rank=rank, size=size)
    return rows if len(rows) else np.zeros(1, np.int64)


def _bounds(count: int, rank: int, size: int) -> tuple[int, int, NDArray[np.int64]]:
    pairs = count // 2
    middle = np.arange(pairs, count - pairs if rank == size - 1 else pairs)  # of an odd number, the last rank's
    return pairs * rank // size, pairs * (rank + 1) // size, middle
