"""What one cell says: a number, a text, yes or no, or nothing."""

import math
import re
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.modalities.tables.number_parsing import PLAIN, Read, Written, read_texts

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?")
"""What stands in a cell that has no value; what is said as well where numbers are expected is in `numerals`."""

_NEVER_LEVELS = (
    *("Null", "<NA>", "#N/A", "#N/A N/A", "#NA", "NaT", "-nan", "-NaN", "(null)", "<null>", "[NULL]", "\\N"),
    *("n.a.", "N.A."),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
)
"""Further texts that programs write for no value, and nobody calls a category."""

_MISSING = [*MISSING, *_NEVER_LEVELS]

TRUE_WORDS = frozenset({"true", "yes", "t", "y", "1"})
FALSE_WORDS = frozenset({"false", "no", "f", "n", "0"})

_LARGEST = float(np.finfo(np.float32).max)


def texts(series: pl.Series) -> pl.Series:
    """Return cells as text without spaces around it, null where nothing is said; equal values are equal texts.

    A whole number is one without its point, as pandas writes 12.0 for 12 beside a gap; True is true. "01" stays.
    """
    text = said(series)
    if not text.unique().str.contains(rf"{_WHOLE}|{_TRUTH}").any():  # the common case, at once
        return text
    text = text.str.replace(_WHOLE, "$1")
    return text.replace(_SPELLED)


_WHOLE = r"^(-?(?:0|[1-9][0-9]*))\.0+$"
_TRUTH = "^(?:True|TRUE|False|FALSE)$"
_SPELLED = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def said(series: pl.Series) -> pl.Series:
    """Return cells as text as it stands there, without spaces around it, null where nothing is said."""
    if series.dtype.is_float():
        whole = series.cast(pl.Int64, strict=False)
        text = pl.select(
            pl.when(whole.cast(pl.Float64) == series).then(whole.cast(pl.String)).otherwise(series.cast(pl.String))
        ).to_series()
    else:
        text = series.cast(pl.String)
    text = text.str.strip_chars()
    return text.set(text.is_in(_MISSING), None)


def numbers(series: pl.Series) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return cells as float64, NaN where nothing is said, and which of them cannot be read as a finite number."""
    read = read_numbers(series)
    return read.values, read.unreadable


def read_numbers(series: pl.Series, written: Written = PLAIN) -> Read:
    """Return cells as numbers that are written in a certain way; what is too large for a network is unreadable."""
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        read = Read(series.cast(pl.Float64).to_numpy(), np.zeros(len(series), np.bool_))
    else:
        read = read_texts(said(series), written)
    large = np.abs(read.values) > _LARGEST
    if not large.any():
        return read
    return replace(read, values=np.where(large, np.nan, read.values), unreadable=read.unreadable | large)


def truth(text: str) -> float:
    """Return 1 for yes, 0 for no, NaN for anything else."""
    word = plain_word(text).casefold()
    return 1.0 if word in TRUE_WORDS else 0.0 if word in FALSE_WORDS else math.nan


def plain_word(text: str) -> str:
    """Return a text without spaces around it, and a whole number without its point: 1.0 is 1, and True is true."""
    try:
        number = float(text)
    except ValueError:
        return _SPELLED.get(text.strip(), text.strip())
    return f"{number:.0f}" if number.is_integer() else text.strip()


def value_of(text: str) -> float | str:
    """Return the number that a category stands for, any other text as it is; 01 is not 1."""
    return float(text) if _NUMBER.fullmatch(text) else text


_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
