"""Two sets of rows one behind the other, without a copy of their pixels or values."""

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from saccade.core.arrays import Array

Data = TypeVar("Data", bound=Any)


class Joined:
    """Two arrays as one, read when rows are asked for: a memory-mapped file is not copied.

    Attributes:
        first: (n, ...).
        second: (m, ...), the same shape and type but for the number of rows.
    """

    def __init__(self, first: Array, second: Array) -> None:
        self.first, self.second = first, second
        self.dtype = first.dtype

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n + m, ...)."""
        return len(self), *self.first.shape[1:]

    def __getitem__(self, which: Any) -> Array:
        rows = np.arange(*which.indices(len(self))) if isinstance(which, slice) else np.asarray(which)
        if not rows.ndim:
            return np.asarray(self[rows[None]][0])
        early = rows < len(self.first)
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        found[early] = self.first[rows[early]]
        found[~early] = self.second[rows[~early] - len(self.first)]
        return found


def joined(first: Data, second: Data) -> Data:
    """Return the rows of two data sets of one kind, those of the first before; all else is that of the second.

    What is known of the rows of one of them only, such as groups, is left out.
    """
    both = {each.name: (getattr(first, each.name), getattr(second, each.name)) for each in fields(second)}
    rows = {name: pair for name, pair in both.items() if any(hasattr(each, "dtype") for each in pair)}
    return replace(second, **{name: _one(*pair) for name, pair in rows.items()})


def _one(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return None
    return np.concatenate([first, second]) if len(first.shape) == 1 else Joined(first, second)
