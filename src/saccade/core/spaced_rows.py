"""Spaced rows: a few of many, evenly spread over all of them."""

import numpy as np
from numpy.typing import NDArray


def spaced(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return so many of some rows at most, evenly spaced, the first and the last among them.

    For example::

        spaced(np.arange(100), 3)     # 0, 49, 99
    """
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(np.int64)]
