"""Dense rows: a sparse matrix that looks like an array of uint8, and is dense only where it is looked at."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class DenseRows:
    """Codes (cases, items), uint8, of which only the rows that are asked for are in memory.

    For example::

        rows = DenseRows(sparse.csr_matrix((943, 1682), dtype=np.uint8))
        rows[np.array([3, 5])]   # (2, 1682)
    """

    dtype = np.dtype(np.uint8)
    ndim = 2

    def __init__(self, codes: sparse.csr_matrix) -> None:
        self.codes = codes

    @property
    def shape(self) -> tuple[int, int]:
        """Cases and items."""
        return (int(self.codes.shape[0]), int(self.codes.shape[1]))

    @property
    def nbytes(self) -> int:
        """Bytes of all rows, were they dense."""
        return self.shape[0] * self.shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> NDArray[np.uint8]:
        if isinstance(rows, tuple):
            return self[rows[0]][(slice(None), *rows[1:])] if not np.isscalar(rows[0]) else self[rows[0]][rows[1:]]
        if np.isscalar(rows):
            return self[np.array([rows])].reshape(-1)
        found: NDArray[np.uint8] = np.ascontiguousarray(self.codes[rows].toarray())
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        del copy
        found: NDArray[Any] = self.codes.toarray()
        return found if dtype is None else found.astype(dtype)
