"""What one cell says: a number, a text, yes or no, or nothing."""

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?")
"""What stands in a cell that has no value."""

TRUE_WORDS = frozenset({"true", "yes", "t", "y", "1"})
FALSE_WORDS = frozenset({"false", "no", "f", "n", "0"})

_LARGEST = float(np.finfo(np.float32).max)


def texts(series: pl.Series) -> pl.Series:
    """Return cells as text without spaces around it, null where nothing is said; 12.0 in a number's cell is "12"."""
    if series.dtype.is_float():
        whole = series.cast(pl.Int64, strict=False)
        text = pl.select(
            pl.when(whole.cast(pl.Float64) == series).then(whole.cast(pl.String)).otherwise(series.cast(pl.String))
        ).to_series()
    else:
        text = series.cast(pl.String)
    text = text.str.strip_chars()
    return text.set(text.is_in(MISSING), None)


def numbers(series: pl.Series) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return cells as float64, NaN where nothing is said, and which of them cannot be read as a finite number."""
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        values = series.cast(pl.Float64).to_numpy()
        unreadable = np.abs(values) > _LARGEST  # infinite, or too large for a network
    else:
        text = texts(series)
        read = text.cast(pl.Float64, strict=False)
        values = read.to_numpy()
        unreadable = (text.is_not_null() & read.is_null()).to_numpy() | (np.abs(values) > _LARGEST)
    return (np.where(unreadable, np.nan, values) if unreadable.any() else values), unreadable


def truth(text: str) -> float:
    """Return 1 for yes, 0 for no, NaN for anything else."""
    word = plain_word(text).casefold()
    return 1.0 if word in TRUE_WORDS else 0.0 if word in FALSE_WORDS else math.nan


def plain_word(text: str) -> str:
    """Return a text without spaces around it, and a whole number without its point: 1.0 is 1."""
    try:
        number = float(text)
    except ValueError:
        return text.strip()
    return f"{number:.0f}" if number.is_integer() else text.strip()
