"""Parquet files, some thousand rows at a time."""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import polars as pl

from saccade.data.tables.frames import Frame, Opened
from saccade.errors import DataError

CELLS = 1 << 23
"""Cells that are read at once: each read begins its group of rows anew, and small ones would repeat much work."""


def open_parquet(path: Path) -> Opened:
    """Return a Parquet file, ready to be read; raises DataError when it is damaged or has no rows."""
    try:
        scan = pl.scan_parquet(path)
        names = tuple(scan.collect_schema().names())
        rows = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error) from error
    if not rows or not names:
        raise DataError(f"{path} has no {'rows' if names else 'columns'}.")
    stripped = [name.strip() for name in names]
    twice = [name for name in stripped if stripped.count(name) > 1]
    if twice:
        raise DataError(f"{path} has the column '{twice[0]}' more than once. Give each column a name of its own.")
    own = tuple(name or f"column {number}" for number, name in enumerate(stripped, 1))
    unnamed = [name for name, given in zip(own, stripped, strict=True) if not given]
    read = partial(_frames, path, dict(zip(own, names, strict=True)), rows)
    return Opened(own, read, dict.fromkeys(unnamed, "without a name"))


def _damaged(path: Path, error: Exception) -> DataError:
    first_line = str(error).partition("\n")[0]
    return DataError(f"{path} cannot be read as a Parquet file: {first_line}. Copy or write it again.")


def _frames(
    path: Path, names: dict[str, str], rows: int, wanted: Collection[str], numeric: Collection[str]
) -> Iterator[Frame]:
    del numeric  # the file says it itself
    columns = pl.scan_parquet(path).select(pl.col(names[name]).alias(name) for name in wanted)
    at_once = max(1, CELLS // max(1, len(wanted)))
    try:
        for start in range(0, rows, at_once):
            cells = columns.slice(start, at_once).collect()
            yield Frame(cells.with_columns(_plain(column) for column in cells.iter_columns()), {})
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error) from error


def _plain(column: pl.Series) -> pl.Series:
    """Return numbers and booleans as they are, anything else as text."""
    if column.dtype == pl.Decimal:
        return column.cast(pl.Float64)
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.String):
        return column
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Null):
        return pl.Series(column.name, [None] * len(column), pl.String)  # lists say nothing that could be read
    return column.cast(pl.String)
