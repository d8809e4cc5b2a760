"""Cells become float32: numbers minus their offset, category codes, booleans as 0 and 1, NaN where nothing is said."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.data.tables import cells
from saccade.schema import Column

Encoded = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""(n,) values, and which of them could not be read."""


def encode(series: pl.Series, column: Column) -> Encoded:
    """Return a column's cells as the network takes them, and which of them cannot be read.

    A cell's value depends on that cell alone, never on the others that are read with it.
    """
    if column.kind == "number":
        values, unreadable = cells.numbers(series)
        return plain(values - column.offset if column.offset else values), unreadable
    text = cells.texts(series)
    if column.kind == "category":
        codes = {name: float(code) for code, name in enumerate(column.categories)}
        return _looked_up(text, codes, float(len(codes))), np.zeros(len(text), np.bool_)
    words = {word: cells.truth(word) for word in text.drop_nulls().unique()}
    values32 = _looked_up(text, words, np.nan)
    return values32, text.is_not_null().to_numpy() & np.isnan(values32)


def _looked_up(text: pl.Series, values: Mapping[str, float], other: float) -> NDArray[np.float32]:
    """Return the value of each text, NaN where it is null."""
    found = text.replace_strict(list(values), list(values.values()), default=other, return_dtype=pl.Float64)
    return plain(found.set(text.is_null(), None).to_numpy())


def plain(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return float32 with one zero and one NaN: equal values have equal bytes."""
    result = values.astype(np.float32)
    result += np.float32(0)  # −0 becomes 0
    nothing = np.isnan(result)
    if nothing.any():
        result[nothing] = np.nan
    return result
