"""One pass over a file: its rows on the disk, encoded for now, and what its columns hold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.progress_bar import progress
from saccade.modalities.tables import cells
from saccade.modalities.tables.encoding import plain
from saccade.modalities.tables.frames import Frame, Opened
from saccade.modalities.tables.messages import EMPTY, MOST_REASONS, blame
from saccade.modalities.tables.number_parsing import PLAIN, Evidence, Read, Verdict, Written, decide
from saccade.modalities.tables.time_column import Dated, TimeColumn

MOST_TEXTS = 10_000
"""Different texts of a column that are told apart."""

_EXAMPLES = 2
_FEW_LEVELS = 20
_GLANCE = 1000  # values; a column of measurements is known by them

Cells = Literal["number", "text"]


@dataclass(frozen=True)
class Plan:
    """How a file is to be read.

    Attributes:
        kinds: what the inputs' cells are read as, in order.
        offsets: what is subtracted from a number, where it is not 0.
        label: the label column, or "".
        time: the time column, or "".
        time_format: what the user says of its cells, or "".
        written: how numbers are written, where that has to be looked at in every cell.
    """

    kinds: Mapping[str, Cells]
    offsets: Mapping[str, float]
    label: str = ""
    time: str = ""
    time_format: str = ""
    written: Mapping[str, Written] = field(default_factory=dict)

    @property
    def numeric(self) -> list[str]:
        """The columns that are expected to hold plain numbers."""
        return [name for name, kind in self.kinds.items() if kind == "number" and name not in self.written]

    @property
    def wanted(self) -> list[str]:
        """All columns that are read; each once."""
        return list(dict.fromkeys([*self.kinds, *filter(None, (self.label, self.time))]))


@dataclass
class Numbers:
    """What the cells of a column of numbers hold.

    Attributes:
        said: cells that say something.
        unreadable: those of them that are no number.
        missing: cells of kept rows that say nothing.
        low: the smallest value.
        high: the largest value.
        total: the sum of the values, less the offset.
        squares: the sum of their squares.
        steps: the smallest and the largest difference between value and row number.
        levels: the different values, while they are few.
        words: what stands for a missing number, and how often.
        odd: examples of numbers that are written in an unusual way.
        evidence: how the cells are written, where they are text.
    """

    said: int = 0
    unreadable: int = 0
    missing: int = 0
    low: float = np.inf
    high: float = -np.inf
    total: float = 0.0
    squares: float = 0.0
    steps: tuple[float, float] = (np.inf, -np.inf)
    levels: frozenset[float] | None = frozenset()
    words: Counter[str] = field(default_factory=Counter)
    odd: dict[str, float] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)

    def note(self, read: Read, series: pl.Series, *, look: bool) -> None:
        """Take into account how cells are written; `look` at all of them, else where some cannot be read."""
        self.unreadable += int(np.count_nonzero(read.unreadable))
        self.said += int(np.count_nonzero(read.unreadable | ~np.isnan(read.values)))
        self.words.update(read.words)
        self.odd = {**read.odd, **self.odd} if len(self.odd) < _EXAMPLES else self.odd
        if series.dtype == pl.String and (look or read.unreadable.any()):
            self.evidence.add(cells.said(series))
        else:
            self.evidence.plain(int(np.count_nonzero(read.unreadable | ~np.isnan(read.values))))

    def verdict(self, *, forced: bool, decimal: str) -> Verdict:
        """Return what the column is, from how its cells are written."""
        return decide(self.evidence, distinct=MOST_TEXTS, forced=forced, decimal=decimal)

    def add(self, values: NDArray[np.float64], numbers: NDArray[np.int64], offset: float) -> None:
        """Take the values of some kept rows into account; NaN is missing."""
        there = ~np.isnan(values)
        self.missing += len(values) - int(np.count_nonzero(there))
        if not there.any():
            return
        values = values[there]
        steps = values - numbers[there]
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        self.steps = min(self.steps[0], float(steps.min())), max(self.steps[1], float(steps.max()))
        self.levels = _more_levels(self.levels, values)
        self.total += float((values - offset).sum())
        self.squares += float(np.square(values - offset).sum())

    def spread(self, rows: int) -> tuple[float, float]:
        """Return mean (less the offset) and standard deviation."""
        count = max(rows - self.missing, 1)
        mean = self.total / count
        return mean, float(np.sqrt(max(self.squares / count - mean**2, 0.0)))


@dataclass
class Texts:
    """What the cells of a column of text hold.

    Attributes:
        codes: a number a different text, in the order they appear; at most `MOST_TEXTS`.
        counts: cells a code; the last is of all texts beyond.
        numeric: cells beyond that could be read as a number.
        missing: cells that say nothing.
    """

    codes: dict[str, int] = field(default_factory=dict)
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(MOST_TEXTS + 1, np.int64))
    numeric: int = 0
    missing: int = 0

    def add(self, series: pl.Series) -> NDArray[np.float64]:
        """Return the codes of some cells, NaN where they say nothing; new texts get new codes."""
        text = cells.texts(series)
        for new in text.drop_nulls().unique(maintain_order=True):
            if len(self.codes) == MOST_TEXTS:
                break
            self.codes.setdefault(new, len(self.codes))
        known, codes = list(self.codes), list(self.codes.values())
        found = text.replace_strict(known, codes, default=MOST_TEXTS, return_dtype=pl.Int64)
        found = found.set(text.is_null(), None)
        self.missing += found.null_count()
        self.counts += np.bincount(found.drop_nulls().to_numpy(), minlength=MOST_TEXTS + 1)
        beyond = text.filter((found == MOST_TEXTS).fill_null(value=False))
        self.numeric += int(beyond.cast(pl.Float64, strict=False).is_not_null().sum())
        return found.cast(pl.Float64).to_numpy()

    @property
    def said(self) -> int:
        """Cells that say something."""
        return int(self.counts.sum())

    @property
    def beyond(self) -> int:
        """Cells whose text is told apart from no other."""
        return int(self.counts[-1])

    def by_text(self) -> dict[str, int]:
        """Return cells a text."""
        return {text: int(self.counts[code]) for text, code in self.codes.items()}

    def verdict(self) -> Verdict:
        """Return what the column is, from how its cells are written."""
        evidence = Evidence()
        evidence.add(pl.Series(list(self.codes), dtype=pl.String), pl.Series(self.counts[: len(self.codes)]))
        evidence.plain(self.numeric)
        evidence.other += self.beyond - self.numeric
        return decide(evidence, distinct=len(self.codes))


def _more_levels(known: frozenset[float] | None, values: NDArray[np.float64]) -> frozenset[float] | None:
    """Return the different values seen so far, None when they are not few."""
    for some in (values[:_GLANCE], values):
        if known is None:
            return None
        new = some[~np.isin(some, list(known))]
        known |= frozenset(np.unique(new).tolist())
        known = known if len(known) <= _FEW_LEVELS else None
    return known


class SkippedRows:
    """Rows that are skipped: all counted, the first of them with their reasons."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[SkippedItem] = []

    def add(self, numbers: NDArray[np.int64], reasons: Mapping[int, str]) -> None:
        """Put rows aside, given by their position in `numbers`."""
        self.count += len(reasons)
        for position in sorted(reasons)[: MOST_REASONS - len(self.first)]:
            self.first.append(SkippedItem(f"row {numbers[position]}", reasons[position]))


@dataclass
class Collected:
    """A file's rows, as far as they could be read.

    Attributes:
        plan: how it was read.
        numbers: (n,), the rows in the file, from 1.
        times: when the rows were, or None.
        labels: (n,), codes of `label_texts`, NaN where nothing is said, or None.
        columns: what the inputs hold.
        label_texts: what the label column holds.
        seen: rows in the file.
        skipped_count: rows that were skipped.
        notes: what the user should know.
    """

    plan: Plan
    numbers: NDArray[np.int64]
    times: Dated | None
    labels: NDArray[np.float64] | None
    columns: dict[str, Numbers | Texts]
    label_texts: Texts
    seen: int
    skipped_count: SkippedRows
    notes: tuple[str, ...]

    def none_left(self, source: str) -> DataError:
        """Return the error for a file none of whose rows can be used."""
        first = self.skipped_count.first[0]
        return DataError(
            f"None of the {self.seen:,} rows of {source} can be used. The first, {first.name}: {first.reason}"
        )


def collect(opened: Opened, plan: Plan, path: Path, *, quiet: bool) -> Collected:
    """Return what a file holds; its encoded rows are written to `path`, (n, inputs) float32.

    Memory stays flat but for 24 bytes a row.
    """
    columns: dict[str, Numbers | Texts] = {
        name: Numbers() if kind == "number" else Texts() for name, kind in plan.kinds.items()
    }
    label_texts, skipped, notes, seen = Texts(), SkippedRows(), dict[str, None](), 0
    kept, times, labels = (
        list[NDArray[np.int64]](),
        TimeColumn(plan.time, plan.time_format),
        list[NDArray[np.float64]](),
    )
    with path.open("wb") as output, progress("Reading rows", None, quiet=quiet) as advance:
        for frame in opened.read(plan.wanted, plan.numeric):
            numbers = np.arange(seen + 1, seen + 1 + frame.cells.height)
            good = _write(frame, plan, columns, numbers, skipped, output, times)
            kept.append(numbers[good])
            labels += [label_texts.add(frame.cells[plan.label])[good]] if plan.label else []
            notes.update(dict.fromkeys(frame.notes))
            seen += len(numbers)
            advance(len(numbers))
    dated = times.dated()
    return Collected(
        plan=plan,
        numbers=np.concatenate([np.zeros(0, np.int64), *kept]),
        times=dated,
        labels=np.concatenate([np.zeros(0), *labels]) if plan.label else None,
        columns=columns,
        label_texts=label_texts,
        seen=seen,
        skipped_count=skipped,
        notes=(*notes, *(dated.notes if dated else ())),
    )


def _write(
    frame: Frame,
    plan: Plan,
    columns: Mapping[str, Numbers | Texts],
    numbers: NDArray[np.int64],
    skipped: SkippedRows,
    output: BinaryIO,
    times: TimeColumn,
) -> NDArray[np.int64]:
    """Write the rows that can be read; return their positions."""
    faults, exact = dict(frame.faults), dict[str, NDArray[np.float64]]()
    values = np.empty((len(numbers), len(columns)), np.float32)
    for position, (name, column) in enumerate(columns.items()):
        series = frame.cells[name]
        if isinstance(column, Texts):
            values[:, position] = plain(column.add(series))
            continue
        written = plan.written.get(name, PLAIN)
        read = cells.read_numbers(series, written)
        exact[name] = read.values
        values[:, position] = plain(exact[name] - plan.offsets.get(name, 0.0))
        read.unreadable[list(frame.faults)] = False  # of a row that is skipped anyway
        column.note(read, series, look=name in plan.written)
        blame(faults, read.unreadable, series, name, "number", written.described)
    moments = times.read(frame.cells, faults)
    for row in np.flatnonzero(np.isnan(values).all(axis=1)):
        faults.setdefault(int(row), EMPTY)
    usable = np.ones(len(numbers), np.bool_)
    usable[list(faults)] = False
    good = np.flatnonzero(usable)
    for name, own in exact.items():
        column = columns[name]
        assert isinstance(column, Numbers)
        column.add(own[good], numbers[good], plan.offsets.get(name, 0.0))
    skipped.add(numbers, faults)
    output.write(np.ascontiguousarray(values[good]).data)
    times.keep(moments, good)
    return good
