"""Table: rows of numbers with their columns' meaning, labels and parts; flows from `data/tables` into every stage."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.dataset import SetAside
from saccade.modalities.tables.schema import Schema

TABLE_PARTS = ("train", "validation", "calibration", "test")
NORMAL, ANOMALY, UNKNOWN = 0, 1, -1


@dataclass(frozen=True)
class Table:
    """Rows of a table, encoded.

    Attributes:
        name: the file's name without its ending.
        source: where it came from, as given.
        schema: what the columns mean.
        values: (n, d), float32, memory-mapped: numbers minus their offset, category codes, booleans as 0 and 1;
            NaN where a value is missing. Rows of the test part are not touched before an evaluation.
        labels: (n,), int64: 0 normal, 1 anomaly, -1 not said.
        numbers: (n,), int64: the row in the source, from 1; the header is not counted.
        parts: one of `TABLE_PARTS` a row, "" where it is left out or not cut yet.
        content_hash: hex digest of columns, values, labels, times and given parts: equal data, equal hash,
            whatever the file's format.
        reasons: why the row is in its part, or None.
        times: (n,), float64, seconds, or None.
        set_aside: rows that could not be read, the first thousand.
        aside: how many could not be read.
        notes: what the user should know about the table, a sentence each.
        licence: the licence of named data; "" when not known.
    """

    name: str
    source: str
    schema: Schema
    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    numbers: NDArray[np.int64]
    parts: NDArray[np.str_]
    content_hash: str
    reasons: NDArray[np.str_] | None = None
    times: NDArray[np.float64] | None = None
    set_aside: tuple[SetAside, ...] = ()
    aside: int = 0
    notes: tuple[str, ...] = ()
    licence: str = ""

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def noun(self) -> str:
        """What to call its rows."""
        return "rows"

    @property
    def inputs(self) -> NDArray[np.float32]:
        """What the network takes, (n, d): the encoded values."""
        return self.values

    def rows(self, part: str) -> NDArray[np.int64]:
        """Return the positions of a part's rows, in order."""
        return np.flatnonzero(self.parts == part)

    def normal_rows(self, part: str) -> NDArray[np.int64]:
        """Return the positions of a part's rows that are not known to be anomalies, in order."""
        return np.flatnonzero((self.parts == part) & (self.labels != ANOMALY))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return rows a label in each part: {"train": {"normal": 12, "anomaly": 0, "unknown": 3}, ...}."""
        names = {"normal": NORMAL, "anomaly": ANOMALY, "unknown": UNKNOWN}
        return {
            part: {name: int((self.labels[self.parts == part] == label).sum()) for name, label in names.items()}
            for part in TABLE_PARTS
            if part in self.parts
        }

    def with_split(self, parts: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self:
        """Return the same rows with other parts."""
        return replace(self, parts=parts, reasons=reasons)

    def split_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (row number, label, part, reason) a row, as split.csv keeps them."""
        labels = np.array(["normal", "anomaly", ""])[self.labels]  # -1, not said, is the last
        reasons = self.parts if self.reasons is None else self.reasons
        columns = (self.numbers.astype(np.str_), labels, self.parts, reasons)
        return zip(*(column.tolist() for column in columns), strict=True)

    def record(self) -> dict[str, Any]:
        """Return what is worth remembering of the table, as JSON can hold it."""
        return {
            "name": self.name,
            "source": self.source,
            "content_hash": self.content_hash,
            "rows": len(self),
            "counts": self.counts(),
            "schema": self.schema.to_dict(),
            "notes": list(self.notes),
            "rows_put_aside": self.aside,
            "set_aside": [{"name": row.name, "reason": row.reason} for row in self.set_aside],
            "licence": self.licence,
        }
