"""What the times of all rows say together: how many rows come a day, and which dates stand for none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]

DAY = 86_400.0

PLACEHOLDERS = {
    name: int(np.datetime64(name.replace("0000-00-00", "0000-01-01"), "D").astype(np.int64))
    for name in (
        *("0000-00-00", "0001-01-01", "1601-01-01", "1753-01-01", "1899-12-30", "1900-01-01", "1904-01-01"),
        *("1970-01-01", "1980-01-01", "2000-01-01", "2038-01-19", "2099-12-31", "2999-12-31", "3000-01-01"),
        "9999-12-31",
    )
}
"""Dates that programs write where they know none, as days since 1970."""

_NEAR = {day - 1: name for name, day in PLACEHOLDERS.items()} | {day: name for name, day in PLACEHOLDERS.items()}
_ALONE = 366 * DAY  # from all other rows: else it is a date like them
_OUTER = 0.01  # of the rows at either end may be anywhere
_FEW = 20  # rows, of which none is left out
_BREAK, _TIMES = 7 * DAY, 10  # without rows, and so many times as long as is usual between two days with rows


@dataclass(frozen=True)
class Period:
    """The time in which the rows of a table lie.

    Attributes:
        first, last: the earliest and the latest moment, in seconds.
        rows_per_day: how many rows come a day while rows come, None if the times say not.
        strays: (k,), ascending: times of the few rows that lie far before or after all others.
    """

    first: float
    last: float
    rows_per_day: float | None
    strays: Seconds


def period(times: Seconds) -> Period | None:
    """Return the period of the times (n,) of all rows, in seconds and any order; None where none is known.

    The rows a day are the mean over all days, for the mean is what alarms a day are expected from: nights, weekends and
    bursts count as they are. Left out is what is no part of the period: the outer hundredth of the rows at either end,
    which one wrong date would stretch over decades, and breaks of weeks in which nothing was recorded.
    """
    times = np.sort(times[np.isfinite(times)])
    if not len(times):
        return None
    outer = max(1, int(_OUTER * len(times))) if len(times) >= _FEW else 0
    low, high = times[outer], times[len(times) - 1 - outer]
    inner = times[np.searchsorted(times, low) : np.searchsorted(times, high, side="right")]
    length = _break(inner)
    return Period(float(times[0]), float(times[-1]), _rate(inner, length), _strays(times, low, high, length))


def rows_per_day(times: Seconds) -> float | None:
    """Return how many rows come a day while rows come, see `period`."""
    found = period(times)
    return found.rows_per_day if found else None


def _break(times: Seconds) -> float:
    """Return from which length on a gap between two of the ordered times is a break."""
    days = np.floor(times / DAY)
    between = np.diff(days)
    between = between[between > 0]
    return max(_BREAK, _TIMES * DAY * float(np.median(between)) if len(between) else 0.0)


def _rate(times: Seconds, length: float) -> float | None:
    splits = np.split(times, np.flatnonzero(np.diff(times) > length) + 1)
    span = sum(float(split[-1] - split[0]) for split in splits)
    # rows at 1, 2 and 3 o'clock are two hours' rows: of those at either end, half belong to other hours
    rows = sum(len(split) - (_at(split, split[0]) + _at(split, split[-1])) / 2 for split in splits)
    return rows / span * DAY if span > 0 else None


def _at(times: Seconds, moment: float) -> int:
    """Return how many of the ordered times are a moment."""
    return int(np.searchsorted(times, moment, side="right") - np.searchsorted(times, moment, side="left"))


def _strays(times: Seconds, low: float, high: float, length: float) -> Seconds:
    gaps = np.flatnonzero(np.diff(times) > length)
    before, after = gaps[times[gaps + 1] <= low], gaps[times[gaps] >= high]
    first, end = before.max(initial=-1) + 1, after.min(initial=len(times) - 1) + 1
    return np.concatenate([times[:first], times[end:]])


def placeholders(times: Seconds) -> dict[str, NDArray[np.int64]]:
    """Return which rows have a date that stands for none, by that date; each lies a year and more from all others.

    Args:
        times: (n,), seconds since 1970; NaN where there is none.
    """
    at = np.flatnonzero(np.isin(np.floor(times / DAY), list(_NEAR)))  # a zone may make it the day before
    names = np.array([_NEAR[day] for day in np.floor(times[at] / DAY)])
    others = np.delete(times, at)
    others = others[~np.isnan(others)]
    return {
        name: at[names == name]
        for name in PLACEHOLDERS
        if name in names and len(others) and np.abs(others - DAY * PLACEHOLDERS[name]).min() > _ALONE
    }
