"""DataView: data as a person looks through them, whatever goes in: thumbnails, columns, counts."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.safe_json import Json

MOST_BARS = 40
"""Of a chart; what is rarer is put together."""


@dataclass(frozen=True)
class Thumbnails:
    """Images to be looked at in a grid.

    Attributes:
        pixels: (n, h, w, c), uint8, c 1 or 3, no larger than a thumbnail should be: an array, perhaps memory-mapped,
            or what has its shape and gives rows as one.
        names: (n,), unique.
        labels: (n,), int64, positions in `classes`.
        classes: names of what an image can be.
        splits: (n,), "" where the data do not say, or an image is left out.
    """

    pixels: Any
    names: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    splits: NDArray[np.str_]


@dataclass(frozen=True)
class Chart:
    """How often what occurs.

    Attributes:
        title: of what: a column's name.
        about: a line on it: its kind, what is usual, what is missing.
        bars: (name, count) each; of numbers, the name is where the bar begins.
        ordered: whether the bars stand side by side as numbers do, and not below each other as names.
    """

    title: str
    about: str
    bars: tuple[tuple[str, int], ...]
    ordered: bool


@dataclass(frozen=True)
class Sheet:
    """A few rows, as they are written.

    Attributes:
        title: what they are.
        columns: names.
        rows: a text a column each.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class RecordColumn:
    """A column of records.

    Attributes:
        name: what it is called.
        texts: what its codes stand for; none where its values are numbers.
        offset: what a number is added to.
    """

    name: str
    texts: tuple[str, ...] = ()
    offset: float = 0.0


@dataclass(frozen=True)
class Records:
    """Rows of a table to be looked through; without those of the test split, which nobody looks at.

    Attributes:
        names: (n,), unique: their numbers in the source.
        values: (n, d), float32: numbers without the offset, or codes; NaN where one is missing.
        columns: d of them.
        labels: (n,), int64, positions in `classes`.
        classes: what a row can be.
        splits: (n,), "" where a row is left out.
    """

    names: NDArray[np.str_]
    values: NDArray[np.float32]
    columns: tuple[RecordColumn, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    splits: NDArray[np.str_]


@dataclass(frozen=True)
class DataView:
    """What there is to see of data.

    Attributes:
        name: what the user calls them.
        noun: what to call the rows.
        count: how many rows there are.
        counts: rows a label in each split.
        notes: how they were read, a sentence each.
        thumbnails: of data that are images; else None.
        records: of data that are rows of a table; else None.
        charts: of their columns, in order.
        sheets: rows and lists.
    """

    name: str
    noun: str
    count: int
    counts: dict[str, dict[str, int]]
    notes: tuple[str, ...]
    thumbnails: Thumbnails | None = None
    records: Records | None = None
    charts: tuple[Chart, ...] = ()
    sheets: tuple[Sheet, ...] = ()

    def to_dict(self) -> Json:
        """Return all but the thumbnails and records as plain values for JSON."""
        plain: dict[str, Any] = {
            "name": self.name,
            "noun": self.noun,
            "count": self.count,
            "counts": self.counts,
            "notes": list(self.notes),
            "charts": [asdict(each) for each in self.charts],
            "sheets": [asdict(each) for each in self.sheets],
        }
        return plain


def of_numbers(title: str, about: str, values: NDArray[Any], *, bars: int = 24) -> Chart:
    """Return the histogram of numbers (n,) between their 1% and 99% quantiles; what is beyond counts at the ends."""
    known = values[np.isfinite(values)].astype(np.float64)
    if not len(known):
        return Chart(title, about, (), ordered=True)
    distinct = np.unique(known[:10_000])
    if len(distinct) <= bars and len(np.unique(known)) <= bars:
        found, counts = np.unique(known, return_counts=True)
        return Chart(title, about, _bars([f"{each:.6g}" for each in found], counts), ordered=True)
    low, high = np.quantile(known, [0.01, 0.99])
    edges = np.linspace(low, high if high > low else low + 1, bars + 1)
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), edges)
    return Chart(title, about, _bars([f"{each:.4g}" for each in edges[:-1]], counts), ordered=True)


def of_names(title: str, about: str, names: tuple[str, ...], counts: NDArray[Any]) -> Chart:
    """Return how often names occur, the most frequent first; the rare ones together."""
    order = np.argsort(-counts, kind="stable")
    shown, rest = order[:MOST_BARS], order[MOST_BARS:]
    bars = _bars([names[at] for at in shown], counts[shown])
    if len(rest):
        bars = (*bars, (f"{len(rest):,} others", int(counts[rest].sum())))
    return Chart(title, about, bars, ordered=False)


def _bars(names: list[str], counts: NDArray[Any]) -> tuple[tuple[str, int], ...]:
    return tuple(zip(names, counts.tolist(), strict=True))
