"""Moments that are written out, in the forms that can mean one thing only, or one of two: 01/02/2023."""

from collections.abc import Iterable
from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

Seconds = NDArray[np.float64]

DAY = 86_400.0
NO_DATE = -62_167_219_200.0
"""Stands for 0000-00-00: the first second of the year 0."""

_FIRST_YEAR = -30_610_224_000.0  # 1000-01-01; before, chrono took a year of two digits for one of four

# Forms that chrono reads fast, and whether they say a zone. What they do not fit, the patterns below may.
_FAST = {
    "%Y-%m-%d %H:%M:%S%.f": False,
    "%Y-%m-%dT%H:%M:%S%.f": False,
    "%Y-%m-%dT%H:%M:%S%.fZ": True,
    "%Y-%m-%d": True,  # a day has none to say
    "%Y-%m-%d %H:%M:%S%.f%#z": True,
    "%Y-%m-%dT%H:%M:%S%.f%#z": True,
    "%Y-%m-%d %H:%M": False,
}
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name: str(number) for number, month in enumerate(_MONTH_NAMES, 1) for name in (month, month[:3])} | {
    "sept": "9"
}
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DAY, _MONTH, _YEAR = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?", r"(?P<m>[a-z]{3,9})\.?", r"(?P<y>\d{4})"
_CLOCK = r"(?P<H>\d{1,2})(?:[:.h](?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?)?)?h?(?:\s*(?P<p>[ap])\.?m\.?)?"
_ZONE = r"(?:\s*(?P<z>z|(?:utc|gmt|ut)?\s*[+\-−]\d{1,2}(?::?\d{2})?|utc|gmt|ut))?(?:\s*[\[(][\w\s/+-]+[\])])?"
_TAIL = rf"(?:(?:t|,?\s+(?:at\s+)?|[:_]){_CLOCK}{_ZONE})?$"
_PATTERNS = (
    rf"{_YEAR}[-/.](?P<m>\d{{1,2}}|[a-z]{{3,9}})[-/.](?P<d>\d{{1,2}}){_TAIL}",
    rf"{_YEAR}[-/](?P<m>\d{{2}})$",
    rf"{_WEEKDAY}{_DAY}[\s\-/.]+{_MONTH}[\s\-/,]+{_YEAR}{_TAIL}",
    rf"{_WEEKDAY}{_MONTH}[\s\-/]+{_DAY},?[\s\-/]+{_YEAR}{_TAIL}",
    rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+{_YEAR}$",
)
_FEWEST_DATES, _LOOKED_AT = 10, 200
_EITHER_FIRST = rf"{_WEEKDAY}(?P<d>\d{{1,2}})[-/.](?P<m>\d{{1,2}})[-/.]{_YEAR}{_TAIL}"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})[Tt _-](\d{2}):?(\d{2})"  # else it is a number
_SPLITS = ("y", "m", "d", "H", "M", "S", "f", "p", "z")


def moments(text: pl.Series) -> tuple[Seconds, Seconds | None, int]:
    """Return seconds since 1970 of written moments, NaN where none is read.

    Args:
        text: (n,), without spaces around it.

    Returns:
        (n,) seconds, and (n,) those with the month first, where 01/02/2023 is another day; None where it makes no
        difference. Last, how many cells say a time of day without a zone, which is taken as UTC.
    """
    values, month_first, naive = np.full(len(text), np.nan), None, 0
    rows = np.flatnonzero(text.is_not_null().to_numpy())
    for form in _likely_first(text.gather(rows[:1])) if len(rows) else ():
        found = of_form(text.gather(rows), form)
        found[found < _FIRST_YEAR] = np.nan
        naive += 0 if _FAST[form] else int(np.count_nonzero(~np.isnan(found)))
        values[rows], rows = found, rows[np.isnan(found)]
    for pattern in _PATTERNS if len(rows) else ():
        groups = _groups(text.gather(rows), pattern)
        found = _seconds(groups)
        naive += _without_zone(groups, found)
        values[rows], rows = found, rows[np.isnan(found)]
    if len(rows):
        groups = _groups(text.gather(rows), _EITHER_FIRST)
        found, swapped = _seconds(groups), _seconds(groups.rename({"d": "m", "m": "d"}))
        naive += _without_zone(groups, np.fmax(found, swapped))
        if not np.array_equal(found, swapped, equal_nan=True):
            month_first = values.copy()
            month_first[rows] = swapped
        values[rows] = found
    return values, month_first, naive


def are_dates(texts: Iterable[str]) -> bool:
    """Say whether different texts are dates, ten at least, the day or the month first; the first 200 are looked at."""
    said = list(islice((text for text in texts if text.strip()), _LOOKED_AT))
    if len(said) < _FEWEST_DATES:
        return False
    day_first, month_first, _ = moments(pl.Series(said, dtype=pl.String))
    return bool(np.isfinite(np.fmax(day_first, day_first if month_first is None else month_first)).all())


def of_form(text: pl.Series, form: str) -> Seconds:
    """Return seconds since 1970 UTC of moments of one form, as chrono writes it: %d/%m/%y; NaN where it is another."""
    zone = "UTC" if "z" in form else None
    found = text.str.to_datetime(form, time_unit="us", time_zone=zone, strict=False, exact=True)
    return (found.cast(pl.Int64).cast(pl.Float64) / 1e6).fill_null(np.nan).to_numpy().copy()


def _likely_first(cell: pl.Series) -> list[str]:
    """Return the fast forms, the one that reads a cell first: a whole column is mostly of one form."""
    return sorted(_FAST, key=lambda form: bool(np.isnan(of_form(cell, form)).any()))


def _groups(text: pl.Series, pattern: str) -> pl.DataFrame:
    """Return the parts of a moment, a column of text each; null where a cell does not fit or says no such split."""
    spread = text.str.replace(_COMPACT, "$1-$2-$3 $4:$5").str.replace(r"^(\S+ \d{2}:\d{2})(\d{2})", "$1:$2")
    found = spread.str.extract_groups(f"(?i)^{pattern}").struct.unnest()
    return found.with_columns(pl.lit(None, pl.String).alias(name) for name in _SPLITS if name not in found.columns)


def _seconds(groups: pl.DataFrame) -> Seconds:
    """Return seconds since 1970 UTC, NaN for a moment that does not exist, such as the 30th of February or 25:00."""
    if groups["y"].null_count() == len(groups):  # most columns of text hold none, and are asked for each pattern
        return np.full(len(groups), np.nan)
    month = groups["m"].str.to_lowercase().replace(_MONTHS)
    day = groups["d"] if groups["d"].null_count() < len(groups) else pl.Series(["1"]).new_from_index(0, len(groups))
    date = (groups["y"] + "-" + month + "-" + day).str.to_date("%Y-%m-%d", strict=False)
    days = date.cast(pl.Int32).cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    nothing = (groups["y"] == "0000") & month.is_in(["0", "00"]) & day.is_in(["0", "00"])
    days[nothing.fill_null(value=False).to_numpy()] = NO_DATE / DAY
    return days * DAY + _of_day(groups) - _offset(groups["z"])


def _of_day(groups: pl.DataFrame) -> Seconds:
    hour, minute, second = (_number(groups[name]) for name in "HMS")
    fraction = _number("0." + groups["f"])
    half = groups["p"].str.to_lowercase()
    am, pm = ((half == letter).fill_null(value=False).to_numpy() for letter in "ap")
    wrong = (minute > 59) | (second > 60) | (hour > 24) | ((hour == 24) & (minute + second + fraction > 0))
    wrong |= (am | pm) & ((hour < 1) | (hour > 12))
    hour = np.where(am | pm, hour % 12 + 12 * pm, hour)
    return np.where(wrong, np.nan, hour * 3600 + minute * 60 + second + fraction)


def _offset(zone: pl.Series) -> Seconds:
    """Return how far a zone is east of UTC, in seconds; 0 for none."""
    splits = zone.str.extract_groups(r"(?P<sign>[+\-−])(?P<H>\d{1,2}):?(?P<M>\d{2})?").struct.unnest()
    west = splits["sign"].is_in(["-", "−"]).fill_null(value=False).to_numpy()
    hours, minutes = _number(splits["H"]), _number(splits["M"])
    size = np.where((hours > 15) | (minutes > 59), np.nan, hours * 3600 + minutes * 60)
    return np.where(west, -size, size)


def _number(text: pl.Series) -> Seconds:
    return text.cast(pl.Float64).fill_null(0.0).to_numpy()


def _without_zone(groups: pl.DataFrame, found: Seconds) -> int:
    said = groups["H"].is_not_null() & groups["z"].is_null()
    return int(np.count_nonzero(said.to_numpy() & ~np.isnan(found)))
