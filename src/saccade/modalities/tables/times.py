"""What the cells of a time column say: moments, or numbers that a unit makes moments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.errors import DataError, unknown
from saccade.modalities.tables import datetime_formats
from saccade.modalities.tables.cells import texts
from saccade.modalities.tables.datetime_formats import DAY, NO_DATE, Seconds

UNITS = {
    "seconds": "seconds since 1970",
    "milliseconds": "milliseconds since 1970",
    "microseconds": "microseconds since 1970",
    "nanoseconds": "nanoseconds since 1970",
    "serial-days": "serial days of a spreadsheet, counted from 1899-12-30",
    "yyyy": "years",
    "yyyymm": "months written yyyymm",
    "yyyymmdd": "days written yyyymmdd",
    "yyyymmddhh": "hours written yyyymmddhh",
    "yyyymmddhhmm": "minutes written yyyymmddhhmm",
    "yyyymmddhhmmss": "seconds written yyyymmddhhmmss",
    "elapsed-seconds": "seconds that have passed",
    "elapsed-minutes": "minutes that have passed",
    "elapsed-hours": "hours that have passed",
    "elapsed-days": "days that have passed",
}
"""What the numbers of a time column may be, by name."""

ORDERS = ("day-first", "month-first")
"""How dates such as 01/02/2023 may be read."""

ACCEPTED = (
    "written moments such as 2023-01-28 13:00:00, 2023/01/28, 28 Jan 2023, 28/01/2023 1:05 PM; seconds, milliseconds, "
    "microseconds or nanoseconds since 1970; yyyymmdd up to yyyymmddhhmmss; a spreadsheet's serial days; or seconds "
    "that have passed"
)
"""For messages."""

_PER_SECOND = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_ELAPSED = {"elapsed-seconds": 1.0, "elapsed-minutes": 60.0, "elapsed-hours": 3600.0, "elapsed-days": DAY}
_SERIAL_1970 = 25_569  # 1970-01-01 as a spreadsheet counts days

# Numbers that are moments of some 1980 to 2100. Nanoseconds from 1995 on, for before them lie the ticks of .NET;
# a spreadsheet's days from 1990 to 2050, for the seconds of a day are as large.
_COMMON = {
    "seconds": (3.1e8, 4.11e9),
    "milliseconds": (3.1e11, 4.11e12),
    "microseconds": (3.1e14, 4.11e15),
    "nanoseconds": (7.9e17, 4.11e18),
    "serial-days": (32_874.0, 54_790.0),
}
_ENDS = {"mm": 6, "dd": 8, "hh": 10, "mi": 12, "ss": 14}  # digits, up to each
_LEAST = {"mm": 1, "dd": 1, "hh": 0, "mi": 0, "ss": 0}
_MOST = 0.95  # of the numbers: a few may be wrong
_LONGEST = 100 * 366 * DAY  # what passes in a table


@dataclass(frozen=True)
class Cells:
    """The cells of a time column, before it is known what its numbers and its dates such as 01/02/2023 mean.

    Attributes:
        values: (n,): numbers as they stand; of written moments seconds since 1970 UTC; NaN where nothing can be read.
        month_first: (n,): the same, but 01/02/2023 is in January; None where that makes no difference.
        numeric: (n,): which cells are numbers.
        naive: how many say a time of day without a zone.
    """

    values: Seconds
    month_first: Seconds | None
    numeric: NDArray[np.bool_]
    naive: int = 0

    @property
    def readable(self) -> NDArray[np.bool_]:
        """Which cells say a number or a moment, (n,)."""
        found = ~np.isnan(self.values)
        return found if self.month_first is None else found | ~np.isnan(self.month_first)

    def chosen(self, rows: NDArray[np.int64]) -> "Cells":
        """Return some of the cells."""
        month_first = None if self.month_first is None else self.month_first[rows]
        return Cells(self.values[rows], month_first, self.numeric[rows], self.naive)


def joined(cells: Sequence[Cells]) -> Cells:
    """Return the cells of several blocks as one."""
    month_first = None
    if any(each.month_first is not None for each in cells):
        blocks = [each.values if each.month_first is None else each.month_first for each in cells]
        month_first = np.concatenate(blocks)
    return Cells(
        np.concatenate([np.zeros(0), *(each.values for each in cells)]),
        month_first,
        np.concatenate([np.zeros(0, np.bool_), *(each.numeric for each in cells)]),
        sum(each.naive for each in cells),
    )


def checked_format(time_format: str) -> str:
    """Return a format that can be used: names of `UNITS` and `ORDERS` with commas between, or a form with %.

    Raises:
        DataError: it is none.
    """
    try:
        if "%" in time_format:
            datetime_formats.of_form(pl.Series(["2023"]), time_format)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"The time format '{time_format}' cannot be used: {error}. Try such as %d/%m/%y.") from error
    for name in time_format.split(",") if time_format and "%" not in time_format else ():
        if name not in UNITS and name not in ORDERS:
            choices = (*UNITS, *ORDERS)
            raise DataError(f"{unknown('time format', name, choices)} Or write how the cells look: %d/%m/%y %H:%M.")
    return time_format


def unit_and_order(time_format: str) -> tuple[str, str]:
    """Return what a format says of numbers and of dates such as 01/02/2023; "" where it says nothing."""
    names = time_format.split(",")
    return next((name for name in names if name in UNITS), ""), next((name for name in names if name in ORDERS), "")


def read(series: pl.Series, time_format: str = "") -> Cells:
    """Return what cells say; of the format, only a form with % is looked at."""
    if "%" in time_format:
        values = datetime_formats.of_form(texts(series), time_format)
        return Cells(values, None, np.zeros(len(values), np.bool_))
    if series.dtype.is_numeric():
        return _numbers(series.cast(pl.Float64))
    text = texts(series)
    found = _numbers(text.str.replace(r"^(\d{4,}),(\d+)$", "$1.$2").cast(pl.Float64, strict=False))
    if found.numeric.all():
        return found
    values, month_first, naive = datetime_formats.moments(text.set(pl.Series(found.numeric), None))
    for each in (values, month_first):
        if each is not None:
            each[found.numeric] = found.values[found.numeric]
    return Cells(values, month_first, found.numeric, naive)


def _numbers(series: pl.Series) -> Cells:
    values = series.fill_null(np.nan).to_numpy().copy()
    values[np.isinf(values)] = np.nan
    return Cells(values, None, ~np.isnan(values))


def seconds(series: pl.Series, time_format: str) -> Seconds:
    """Return the cells of a new file as seconds, (n,), in the format of a schema; NaN where they are no time."""
    unit, order = unit_and_order(time_format)
    return in_seconds(read(series, time_format), unit=unit or "elapsed-seconds", order=order)


def in_seconds(cells: Cells, *, unit: str, order: str) -> Seconds:
    """Return cells as seconds, (n,), since 1970 UTC or since the start; NaN where they have no meaning."""
    values = cells.values.copy()
    if cells.month_first is not None and order != "day-first":
        values = cells.month_first.copy()
        if not order:  # 28/01/2023 says it, 01/02/2023 does not
            values = np.where(np.isnan(values), cells.values, values)
            values[differing(cells)] = np.nan
    if cells.numeric.any():
        values[cells.numeric] = of_numbers(values[cells.numeric], unit)
    return values


def differing(cells: Cells) -> NDArray[np.bool_]:
    """Return which cells are another day with the month first, (n,)."""
    if cells.month_first is None:
        return np.zeros(len(cells.values), np.bool_)
    either = ~np.isnan(cells.values) & ~np.isnan(cells.month_first)
    return np.asarray(either & (cells.values != cells.month_first))


def of_numbers(values: Seconds, unit: str) -> Seconds:
    """Return numbers of a unit as seconds; NaN where they are no date, such as 20231345."""
    if unit in _ELAPSED:
        return values * _ELAPSED[unit]
    if unit in _PER_SECOND:
        return values / _PER_SECOND[unit]
    return (values - _SERIAL_1970) * DAY if unit == "serial-days" else _of_digits(values, unit)


def _of_digits(values: Seconds, unit: str) -> Seconds:
    """Return numbers whose digits are year, month, day and so on, as seconds."""
    left = np.where(values == np.floor(values), values, np.nan)
    splits = dict[str, Seconds]()
    for name in ("ss", "mi", "hh", "dd", "mm"):
        there = len(unit) >= _ENDS[name]
        splits[name] = left % 100 if there else np.full(len(values), _LEAST[name])
        left = left // 100 if there else left
    possible = (left >= 0) & (left <= 9999) & (splits["mm"] >= 1) & (splits["mm"] <= 12)
    months = np.where(possible, (left - 1970) * 12 + splits["mm"] - 1, 0).astype("datetime64[M]")
    next_months = months + np.timedelta64(1, "M")  # NumPy 2.5 adds no bare numbers to dates
    first, after = (each.astype("datetime64[D]").astype(np.float64) for each in (months, next_months))
    possible &= (splits["dd"] >= 1) & (splits["dd"] <= after - first)
    possible &= (splits["hh"] < 24) & (splits["mi"] < 60) & (splits["ss"] < 60)
    result = (first + splits["dd"] - 1) * DAY + splits["hh"] * 3600 + splits["mi"] * 60 + splits["ss"]
    return np.where(values == 0, NO_DATE, np.where(possible, result, np.nan))


def likely_unit(values: Seconds) -> str:
    """Return what numbers are, told by their size and by whether their digits are dates; "" when they can be nothing.

    Args:
        values: (n,), finite. Zeros, and one in twenty others, may be wrong.
    """
    said = values[values != 0]
    if not len(said):
        return "elapsed-seconds"
    low, high = np.quantile(said, ((1 - _MOST) / 2, (1 + _MOST) / 2))
    for unit in ("yyyymm", "yyyymmdd", "yyyymmddhh", "yyyymmddhhmm", "yyyymmddhhmmss", "yyyy"):
        tens = 10.0 ** (len(unit) - 4)
        in_range = 1900 * tens <= low and high < 2101 * tens
        if in_range and np.count_nonzero(~np.isnan(_of_digits(said, unit))) >= _MOST * len(said):
            return unit
    fitting = [unit for unit, (least, most) in _COMMON.items() if least <= low and high <= most]
    elapsed = "elapsed-seconds" if abs(high) <= _LONGEST else ""
    return fitting[0] if fitting else elapsed
