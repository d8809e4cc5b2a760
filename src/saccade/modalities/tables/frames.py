"""A file as frames of some thousand rows, whatever its format: what every reader gives."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Frame:
    """Some consecutive rows of a file.

    Attributes:
        cells: a column each of the file's, as text, numbers or booleans.
        faults: why a row cannot be used, by its position.
        notes: what the user should know, a sentence each.
    """

    cells: pl.DataFrame
    faults: dict[int, str]
    notes: tuple[str, ...] = ()


_SECOND = {"ns": 1e9, "us": 1e6, "ms": 1e3}


def plain_cells(series: pl.Series) -> tuple[pl.Series, str]:
    """Return a column as numbers, booleans or text, and a note ("" for none): durations become seconds.

    Raises:
        TypeError: its cells are no single values; says what they are, in the plural.
    """
    kind = series.dtype
    if held := unreadable(kind):
        raise TypeError(held)
    if isinstance(kind, pl.Duration):
        seconds = series.cast(pl.Int64) / _SECOND[kind.time_unit or "us"]
        return seconds, f"'{series.name}' holds durations: they are read as seconds."
    if kind == pl.Decimal:
        return series.cast(pl.Float64), ""
    return (series if kind.is_numeric() or kind == pl.Boolean else series.cast(pl.String)), ""


def unreadable(kind: pl.DataType) -> str:
    """Return what a column of this kind holds where its cells are no single values, "" where they can be read."""
    known = ((pl.List, "lists"), (pl.Array, "arrays"), (pl.Struct, "structs"), (pl.Binary, "bytes"))
    return next((held for each, held in known if kind == each), "objects" if kind == pl.Object else "")


@dataclass(frozen=True)
class Opened:
    """A file that can be read in a stream, as often as is needed.

    Attributes:
        names: of all columns, in the file's order; each once, none empty.
        read: gives the frames; is told the columns that are wanted, and which of them are expected to hold numbers.
        apart: columns that are no inputs unless the user says so, and why.
        label: the column that is the label without being named as one; "" for none.
    """

    names: tuple[str, ...]
    read: Callable[[Collection[str], Collection[str]], Iterator[Frame]]
    apart: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
