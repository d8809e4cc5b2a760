"""The time column of a whole file: what its numbers and dates mean, told by all of them, and what is said of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.tables import periods, times
from saccade.modalities.tables.cells import texts
from saccade.modalities.tables.schema import number
from saccade.modalities.tables.times import ACCEPTED, Cells

_MOST = 0.95  # of the dates that show their order: then the others are wrong
_READINGS = {**times.UNITS, "day-first": "dates with the day first", "month-first": "dates with the month first"}
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(\D|$)")


@dataclass(frozen=True)
class Dated:
    """When the rows were.

    Attributes:
        seconds: (n,), since 1970 UTC, or since the start; NaN where it is not known.
        time_format: how cells are read, as a schema keeps it.
        faults: why the time of a row is not known, by its position.
        notes: a sentence each.
    """

    seconds: NDArray[np.float64]
    time_format: str
    faults: dict[int, str]
    notes: tuple[str, ...]


@dataclass
class TimeColumn:
    """The time column of a file that is read block by block.

    Attributes:
        name: of the column, "" where there is none.
        time_format: what the user says of its cells, or "".
    """

    name: str
    time_format: str
    _blocks: list[Cells] = field(default_factory=list)
    _said: int = 0
    _unreadable: int = 0
    _example: str = ""

    def read(self, frame: pl.DataFrame, faults: dict[int, str]) -> Cells | None:
        """Return a block's cells; rows without a time are noted among the faults. None without a time column."""
        if not self.name:
            return None
        series = frame[self.name]
        cells = times.read(series, self.time_format)
        lost = np.flatnonzero(~cells.readable).tolist()
        text = texts(series) if lost else series
        self._said += len(series) - text.null_count()
        for row in lost:
            if text[row] is not None:
                self._unreadable += 1
                self._example = self._example or text[row]
            said = "is missing" if text[row] is None else f"is '{text[row]}', no moment"
            faults.setdefault(row, f"its time '{self.name}' {said}.")
        return cells

    def keep(self, cells: Cells | None, rows: NDArray[np.int64]) -> None:
        """Keep the cells of the rows of a block that can be used."""
        self._blocks += [] if cells is None else [cells.chosen(rows)]

    def dated(self) -> Dated | None:
        """Return when the kept rows were, None without a time column.

        Raises:
            DataError: nobody can know what the cells mean; asks for a format.
        """
        if not self.name:
            return None
        if self._unreadable > self._said / 2:
            raise self._refusal()
        return date(times.joined(self._blocks), column=self.name, time_format=self.time_format)

    def _refusal(self) -> DataError:
        form = f" as '{self.time_format}'" if "%" in self.time_format else ""
        two_digits = " A year of two digits can be read in several ways." if _SHORT_YEAR.match(self._example) else ""
        return DataError(
            f"{self._unreadable:,} of {self._said:,} cells of the time column '{self.name}' cannot be read as a "
            f"time{form}, such as '{self._example}'.{two_digits} Say how they look: --time-format '%d/%m/%y %H:%M'. "
            f"What is read without being asked for: {ACCEPTED}."
        )


def date(cells: Cells, *, column: str, time_format: str = "") -> Dated:
    """Return when rows were, from their cells, each of which can be read; raises as `TimeColumn.dated`."""
    unit, order = times.unit_and_order(time_format)
    if cells.numeric.any():
        unit = unit or _unit(cells, column)
    if cells.month_first is not None:
        order = order or _order(cells, column)
    seconds = times.in_seconds(cells, unit=unit, order=order)
    faults = {int(row): _no_date(cells, int(row), column) for row in np.flatnonzero(np.isnan(seconds))}
    unknown = {} if unit.startswith("elapsed") else periods.placeholders(seconds)
    for name, rows in unknown.items():
        faults |= dict.fromkeys(rows.tolist(), f"its time '{column}' is {name}, which stands for no date.")
        seconds[rows] = np.nan
    settled = time_format if "%" in time_format else ",".join(filter(None, (unit, order)))
    notes = [_placeholder(name, len(rows), column) for name, rows in unknown.items()]
    return Dated(seconds, settled, faults, (*_period(cells, seconds, settled, column), *notes))


# What the cells mean


def _unit(cells: Cells, column: str) -> str:
    values = cells.values[cells.numeric]
    unit = times.likely_unit(values)
    if not unit:
        raise DataError(
            f"The time column '{column}' holds numbers from {values.min():.15g} to {values.max():.15g}, which are no "
            f"times in one unit that is known. Say what they are: --time-format {', '.join(times.UNITS)}."
        )
    return unit


def _order(cells: Cells, column: str) -> str:
    """Return what comes first in dates such as 01/02/2023: some of them are a date in one order only."""
    assert cells.month_first is not None
    day_first = int(np.count_nonzero(np.isnan(cells.month_first)))
    month_first = int(np.count_nonzero(np.isnan(cells.values)))
    if not day_first and not month_first:
        raise _unclear(cells, column)
    if max(day_first, month_first) < _MOST * (day_first + month_first):
        raise DataError(
            f"The time column '{column}' holds dates with the day first ({day_first:,} can be nothing else) and with "
            f"the month first ({month_first:,}). Write all in one order, best as 2023-01-28."
        )
    return "day-first" if day_first > month_first else "month-first"


def _unclear(cells: Cells, column: str) -> DataError:
    assert cells.month_first is not None
    row = int(np.flatnonzero(times.differing(cells))[0])
    day, month = (_moment(each[row])[:10] for each in (cells.values, cells.month_first))
    written = "/".join(reversed(day.split("-")))
    return DataError(
        f"The time column '{column}' holds dates such as {written}, and no row shows whether the day or the month "
        f"comes first. Say it: --time-format day-first reads {day}, --time-format month-first {month}. "
        f"What is read without being asked for: {ACCEPTED}."
    )


def _no_date(cells: Cells, row: int, column: str) -> str:
    found = f"{cells.values[row]:.15g}, no date" if cells.numeric[row] else "no date in the order of the others"
    return f"its time '{column}' is {found}."


# What is said of them


def _period(cells: Cells, seconds: NDArray[np.float64], time_format: str, column: str) -> Iterator[str]:
    """Yield what is said of the times: how they are read, from when to when, how many rows a day, and what is odd."""
    period = periods.period(seconds)
    if not period:
        return
    ends = between(period.first, period.last, time_format)
    yield f"Time: '{column}'{reading(time_format)},{_zone(cells)} {ends}, {_rate(period)}."
    if time_format == "elapsed-seconds":
        yield "If other units have passed, say which: --time-format elapsed-minutes, elapsed-hours or elapsed-days."
    numbers = int(np.count_nonzero(cells.numeric))
    if 0 < numbers < len(seconds):
        yield f"Of the times, {numbers:,} are numbers and {len(seconds) - numbers:,} are written out."
    if len(period.strays):
        show = number if "elapsed" in time_format else _moment
        rows = "1 row lies" if len(period.strays) == 1 else f"{len(period.strays):,} rows lie"
        yield (
            f"{rows} far from all others in time, such as {', '.join(map(show, period.strays[:3]))}: see whether that "
            "is right. The rows a day are counted without them."
        )


def between(first: float, last: float, time_format: str) -> str:
    """Return from when to when, from seconds: "2023-01-28 13:00 to 2023-02-22 12:00"."""
    if "elapsed" in time_format:
        return f"{number(first)} to {number(last)} seconds"
    return f"{_moment(first)} to {_moment(last)}".replace(" 00:00", "")


def reading(time_format: str) -> str:
    """Return how a format reads cells, to be put behind a column's name: " as milliseconds since 1970"; or ""."""
    names = time_format.split(",") if time_format and "%" not in time_format else []
    return f" as {' and '.join(_READINGS[name] for name in names) or time_format}" if time_format else ""


def _zone(cells: Cells) -> str:
    """Return which of the written moments say no zone, if any."""
    written = len(cells.values) - int(np.count_nonzero(cells.numeric))
    some = f" {cells.naive:,} of {written:,}" if cells.naive < written else ""
    return f"{some} without zone, taken as UTC," if cells.naive else ""


def _rate(period: periods.Period) -> str:
    if not period.rows_per_day:
        return "all at one moment"
    rate = number(period.rows_per_day)
    return f"{rate} row{'' if rate == '1' else 's'} a day"


def _placeholder(name: str, rows: int, column: str) -> str:
    return (
        f"{rows:,} {'row has' if rows == 1 else 'rows have'} {name} in the time column '{column}', far from all other "
        "dates: taken for a placeholder of an unknown date and skipped, in no split and not among the rows a day."
    )


def _moment(seconds: float) -> str:
    """Return a moment to the minute: 2023-01-28 13:00."""
    return str(np.datetime64(round(seconds / 60), "m")).replace("T", " ")
