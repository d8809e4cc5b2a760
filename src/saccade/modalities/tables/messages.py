"""How it is said what a table lacks, and why a row cannot be used."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.modalities.tables.number_parsing import Read

MOST_REASONS = 1000
"""Rows that could not be read are named up to so many; all are counted."""

_SHOWN = 5  # columns in a note

EMPTY = "no input has a value."

_NO = {"number": "no finite number", "boolean": "neither yes nor no", "category": "no category"}


def listed(names: list[str]) -> str:
    """Return the first few names in quotes, and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def objection(name: str, kind: str, cell: object, expected: str = "") -> str:
    """Return why a row with an unreadable cell is skipped."""
    shown = str(cell)
    shown = f"{shown[:40]}…" if len(shown) > 40 else shown
    return f"'{name}' is '{shown}', which is {expected or _NO[kind]}."


def blame(
    faults: dict[int, str], unreadable: NDArray[np.bool_], series: pl.Series, name: str, kind: str, expected: str = ""
) -> None:
    """Note why rows with unreadable cells cannot be used; the first reason of a row counts."""
    for row in np.flatnonzero(unreadable):
        faults.setdefault(int(row), objection(name, kind, series[int(row)], expected))


def read_as(name: str, read: Read) -> tuple[str, ...]:
    """Return notes on cells of a column that were read as a number, or as none, in an unusual way."""
    words = f"In '{name}', {listed(sorted(read.words))} stands for a missing number." if read.words else ""
    odd = (f"In '{name}', '{text}' is read as {value:.12g}." for text, value in read.odd.items())
    return tuple(filter(None, (words, *odd)))
