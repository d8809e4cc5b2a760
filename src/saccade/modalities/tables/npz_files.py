"""NPZ files with X (rows, columns) and, if there are labels, y."""

import zlib
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.tables.frames import Frame, Opened

ROWS = 1 << 16
"""Rows that are given at once."""

_EXPECTED = "Expected X (rows, columns) with numbers and, if there are labels, y (rows,)."
_KNOWN = ("y", "split")

Array = NDArray[Any]


def open_npz(path: Path) -> Opened:
    """Return an NPZ file, ready to be read.

    `names` (columns,) names the columns, else they are x0, x1, …. Every array with one value a row can be a
    column too: `y` is the label, `split` says the splits, others are used when the user says for what.

    Raises:
        DataError: it is damaged, lacks X, or an array has another shape or kind than expected.
    """
    arrays = _arrays(path)
    table = _checked(path, arrays)
    names = _names(path, arrays, table.shape[1])
    columns = {
        name: _one_column(path, name, array, len(table))
        for name, array in arrays.items()
        if name not in ("X", "names") and (name in _KNOWN or array.size == len(table))
    }
    twice = [name for name in columns if name in names]
    if twice:
        raise DataError(f"{path} has the column '{twice[0]}' in X and as an array of its own. Rename one of them.")
    apart = dict.fromkeys((name for name in columns if name not in _KNOWN), "an array beside X")
    label = "y" if "y" in columns else ""
    return Opened((*names, *columns), partial(_frames, table, names, columns), apart, label)


def _arrays(path: Path) -> dict[str, Array]:
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                raise DataError(f"{path} is no NPZ file. {_EXPECTED} Save them with numpy.savez.")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
    except ValueError as error:
        if "pickle" in str(error):
            raise DataError(
                f"{path} holds Python objects, which could run code when they are read. Save plain arrays: numbers, "
                "or text as dtype=str."
            ) from error
        raise DataError(f"{path} cannot be read as NPZ: {error}. {_EXPECTED}") from error
    except (OSError, EOFError, BadZipFile, zlib.error, KeyError) as error:
        raise DataError(f"{path} is damaged or no NPZ: {error}. Copy or write it again.") from error


def _checked(path: Path, arrays: dict[str, Array]) -> Array:
    table = arrays.get("X")
    if table is None:
        raise DataError(f"{path} has no X, only {', '.join(sorted(arrays)) or 'nothing'}. {_EXPECTED}")
    if table.ndim != 2:
        raise DataError(f"X of {path} has the shape {table.shape}. {_EXPECTED}")
    if table.dtype.kind not in "fiub":
        raise DataError(f"X of {path} holds {table.dtype}, not numbers. {_EXPECTED} Text fits into CSV or Parquet.")
    if not table.size:
        raise DataError(f"X of {path} is empty: {table.shape[0]} rows, {table.shape[1]} columns.")
    return table


def _names(path: Path, arrays: dict[str, Array], width: int) -> tuple[str, ...]:
    if "names" not in arrays:
        return tuple(f"x{number}" for number in range(width))
    names = tuple(str(name).strip() for name in arrays["names"].ravel())
    if len(names) != width or len(set(names)) != width or "" in names:
        raise DataError(f"names of {path} has {len(set(names) - {''})} different names for {width} columns of X.")
    return names


def _one_column(path: Path, name: str, array: Array, rows: int) -> pl.Series:
    array = array.ravel() if array.ndim == 2 and 1 in array.shape else array
    if array.shape != (rows,) or array.dtype.kind not in "fiubUM":
        raise DataError(f"{name} of {path} has the shape {array.shape} and holds {array.dtype}; X has {rows} rows.")
    if array.dtype.kind == "M":
        return pl.Series(name, np.datetime_as_string(array))
    return pl.Series(name, array.astype(np.float64) if array.dtype == np.float16 else array)


def _frames(
    table: Array,
    names: tuple[str, ...],
    columns: dict[str, pl.Series],
    wanted: Collection[str],
    numeric: Collection[str],
) -> Iterator[Frame]:
    del numeric  # the file says it itself
    for start in range(0, len(table), ROWS):
        block = table[start : start + ROWS].astype(np.float64)
        inside = {name: block[:, column] for column, name in enumerate(names)}
        beside = {name: column[start : start + ROWS] for name, column in columns.items()}
        yield Frame(pl.DataFrame({**inside, **beside}).select(wanted), {})
