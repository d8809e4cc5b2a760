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
