"""Parquet files, some thousand rows at a time."""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import polars as pl

from saccade.core.errors import DataError
from saccade.core.shell_words import shell_word
from saccade.modalities.tables.csv_layout import number_names
from saccade.modalities.tables.frames import Frame, Opened, plain_cells, unreadable

CELLS = 1 << 23
"""Cells that are read at once: each read begins its group of rows anew, and small ones would repeat much work."""


def open_parquet(path: Path) -> Opened:
    """Return a Parquet file, ready to be read; raises DataError when it is damaged or has no rows."""
    try:
        scan = pl.scan_parquet(path)
        kinds = scan.collect_schema()
        names = tuple(kinds.names())
        rows = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error) from error
    if not rows or not names:
        raise DataError(f"{path} has no {'rows' if names else 'columns'}.")
    stripped = [name.strip() for name in names]
    own, notes = number_names(stripped)
    apart = {name: "without a name" for name, given in zip(own, stripped, strict=True) if not given}
    for name, kind in zip(own, kinds.dtypes(), strict=True):
        if held := unreadable(kind):
            apart[name] = f"its cells are {held}"
    return Opened(own, partial(_frames, path, dict(zip(own, names, strict=True)), rows, notes), apart)


def _damaged(path: Path, error: Exception) -> DataError:
    first_line = str(error).partition("\n")[0]
    return DataError(f"{path} cannot be read as a Parquet file: {first_line}. Copy or write it again.")


def _frames(
    path: Path,
    names: dict[str, str],
    rows: int,
    notes: tuple[str, ...],
    wanted: Collection[str],
    numeric: Collection[str],
) -> Iterator[Frame]:
    del numeric  # the file says it itself
    columns = pl.scan_parquet(path).select(pl.col(names[name]).alias(name) for name in wanted)
    at_once = max(1, CELLS // max(1, len(wanted)))
    try:
        for start in range(0, rows, at_once):
            cells = columns.slice(start, at_once).collect()
            plain, said = zip(*(_plain(path, column) for column in cells.iter_columns()), strict=True)
            yield Frame(pl.DataFrame(plain), {}, (*notes, *filter(None, said)))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error) from error


def _plain(path: Path, column: pl.Series) -> tuple[pl.Series, str]:
    try:
        return plain_cells(column)
    except TypeError as error:
        raise DataError(
            f"The cells of the column '{column.name}' of {path} are {error}, not numbers, text or yes and no. Leave it "
            f"out: {shell_word(f'columns.{column.name}=ignore')}."
        ) from error
