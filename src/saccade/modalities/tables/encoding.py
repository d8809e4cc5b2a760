"""Cells become float32: numbers minus their offset, category codes, booleans as 0 and 1, NaN where nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.modalities.tables import cells
from saccade.modalities.tables.messages import read_as
from saccade.modalities.tables.number_parsing import Written
from saccade.modalities.tables.schema import Column


@dataclass(frozen=True)
class Encoded:
    """A column's cells as the network takes them.

    Attributes:
        values: (n,), float32, NaN where nothing is said.
        unreadable: (n,), which of them could not be read.
        unseen: (n,), the texts of a category that has no code of its own, null elsewhere; None when there is none.
        notes: what was read in an unusual way, a sentence each.
    """

    values: NDArray[np.float32]
    unreadable: NDArray[np.bool_]
    unseen: pl.Series | None = None
    notes: tuple[str, ...] = ()


def expected(column: Column) -> str:
    """Return what a cell of a column of numbers is not when it cannot be read, "" where nothing is special."""
    return Written(column.decimal, column.unit).described


def encode(series: pl.Series, column: Column) -> Encoded:
    """Return a column's cells as the network takes them.

    A cell's value depends on that cell alone, never on the others that are read with it.
    """
    if column.kind == "number":
        read = cells.read_numbers(series, Written(column.decimal, column.unit))
        values = plain(read.values - column.offset if column.offset else read.values)
        return Encoded(values, read.unreadable, notes=read_as(column.name, read))
    text = cells.texts(series)
    if column.kind == "category":
        return _category(text, column)
    words = {word: cells.truth(word) for word in text.drop_nulls().unique()}
    values32 = _looked_up(text, words, np.nan)
    return Encoded(values32, text.is_not_null().to_numpy() & np.isnan(values32))


def _category(text: pl.Series, column: Column) -> Encoded:
    """Return the codes; a text that is no category is one all the same where it is the same number: 1.50 and 1.5."""
    names = cells.texts(pl.Series(column.categories, dtype=pl.String))
    codes = dict(zip(reversed(names.to_list()), range(len(names) - 1, -1, -1), strict=True))
    codes.pop(None, None)  # of an older version: a category that says nothing
    other = float(len(column.categories))
    values = _looked_up(text, codes, other)
    if not (values == other).any():
        return Encoded(values, np.zeros(len(text), np.bool_))
    by_value = {cells.value_of(name): code for name, code in codes.items()}
    same = {
        each: by_value.get(cells.value_of(each), other) for each in text.filter(pl.Series(values == other)).unique()
    }
    values = _looked_up(text, {**same, **codes}, other)
    unseen = text.set(pl.Series(values != other), None)
    return Encoded(values, np.zeros(len(text), np.bool_), unseen if unseen.count() else None)


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
