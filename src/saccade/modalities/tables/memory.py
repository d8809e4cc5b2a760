"""Rows that a program holds: read as a file's are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from saccade.core.errors import DataError
from saccade.modalities.tables.frames import Frame, Opened, plain_cells
from saccade.modalities.tables.messages import listed
from saccade.modalities.tables.schema import Schema

ROWS = 1 << 16
"""Rows that are given at once."""


def open_rows(rows: Any, schema: Schema) -> Opened:
    """Return rows, ready to be read as a file is.

    Args:
        rows: columns by name, each a sequence or, of a single row, one value; a frame of pandas or polars; a list of
            rows, each a mapping; or an array (n, d) or (d,) of numbers, its columns in the schema's order.
        schema: of the training data.

    Raises:
        DataError: they are none of these, columns differ in length, or an array cannot say what a category is.
    """
    columns = _columns(rows, schema)
    if not columns:
        raise DataError(f"There is no row. Expected objects with the columns {listed(list(schema.names))}.")
    read = {name: _series(name, cells) for name, cells in zip(map(_clean, columns), columns.values(), strict=True)}
    lengths = {name: len(series) for name, series in read.items()}
    if len(set(lengths.values())) > 1:
        short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise DataError(f"The column '{long}' has {lengths[long]:,} rows, '{short}' {lengths[short]:,}.")
    return Opened(tuple(read), partial(_frames, read))


def _columns(rows: Any, schema: Schema) -> Mapping[Any, Any]:
    if isinstance(rows, Mapping):
        return rows
    if hasattr(rows, "columns"):  # a frame of pandas or polars
        return {name: rows[name] for name in rows.columns}
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in names}
    return _by_position(np.asarray(rows), schema)


def _by_position(array: Any, schema: Schema) -> Mapping[str, Any]:
    if array.dtype.kind not in "fiub" or array.ndim not in (1, 2) or array.shape[-1] != len(schema.columns):
        raise DataError(
            f"Expected columns by name, or an array of numbers (n, {len(schema.columns)}); found an array of shape "
            f"{array.shape} that holds {array.dtype}. The columns are {', '.join(schema.names[:5])} …"
        )
    categories = [column.name for column in schema.columns if column.kind == "category"]
    if categories:
        raise DataError(
            f"An array of numbers cannot say what '{categories[0]}' is, a category: give the columns by name, such as "
            f"{{'{categories[0]}': ['…'], …}}."
        )
    return dict(zip(schema.names, np.atleast_2d(array).T, strict=True))


def _series(name: str, cells: Any) -> pl.Series:
    """Return cells as numbers, booleans or text, whichever all of them are; else as text."""
    if isinstance(cells, str | bytes) or not hasattr(cells, "__len__"):
        cells = [cells]
    if isinstance(cells, list | tuple) and any(isinstance(cell, list | tuple | dict) for cell in cells):
        raise DataError(f"The column '{name}' has a list in a cell, not a number, text or yes and no.")
    try:
        plain = cells if isinstance(cells, pl.Series) else pl.Series(name, _plain(cells))
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):  # of several kinds
        plain = pl.Series(name, [_text(cell) for cell in cells], pl.String)
    try:
        return plain_cells(plain)[0]
    except TypeError as error:
        raise DataError(f"The cells of the column '{name}' are {error}, not numbers, text or yes and no.") from error


def _plain(cells: Any) -> Any:
    """Return an array of numbers where it is one, or a column of them such as pandas has; else a list."""
    is_numeric = getattr(getattr(cells, "dtype", None), "kind", "O") in "fiub"
    return np.asarray(cells) if is_numeric else list(cells)


def _text(cell: object) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"  # a category 12 may come as 12.0
    return None if cell is None else _clean(cell)


def _clean(text: object) -> str:
    """Return text that can be written: JSON may have halves of characters."""
    return str(text).encode(errors="backslashreplace").decode()


def _frames(columns: dict[str, pl.Series], wanted: Collection[str], numeric: Collection[str]) -> Iterator[Frame]:
    del numeric  # they say it themselves
    for start in range(0, max(map(len, columns.values()), default=0), ROWS):
        yield Frame(pl.DataFrame([columns[name][start : start + ROWS].alias(name) for name in wanted]), {})
