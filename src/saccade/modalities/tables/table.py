"""Table: rows of numbers with their columns' meaning, labels and splits; flows from here into every stage."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.safe_json import Json
from saccade.modalities.tables.schema import Schema

TABLE_SPLITS = ("train", "validation", "calibration", "test")
NORMAL, ANOMALY, UNKNOWN = 0, 1, -1


@dataclass(frozen=True)
class Table:
    """Rows of a table, encoded.

    Attributes:
        name: the file's name without its ending.
        source: where it came from, as given.
        schema: what the columns mean.
        values: (n, d), float32, memory-mapped: numbers minus their offset, category codes, booleans as 0 and 1;
            NaN where a value is missing. Rows of the test split are not touched before an evaluation.
        labels: (n,), int64: 0 normal, 1 anomaly, -1 not said.
        numbers: (n,), int64: the row in the source, from 1; the header is not counted.
        splits: one of `TABLE_SPLITS` a row, "" where it is left out or not cut yet.
        content_hash: hex digest of columns, values, labels, times and given splits: equal data, equal hash,
            whatever the file's format.
        reasons: why the row is in its split, or None.
        times: (n,), float64, seconds, or None.
        skipped_items: rows that could not be read, the first thousand.
        skipped_count: how many could not be read.
        notes: what the user should know about the table, a sentence each.
        licence: the licence of named data; "" when not known.
    """

    name: str
    source: str
    schema: Schema
    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    numbers: NDArray[np.int64]
    splits: NDArray[np.str_]
    content_hash: str
    reasons: NDArray[np.str_] | None = None
    times: NDArray[np.float64] | None = None
    skipped_items: tuple[SkippedItem, ...] = ()
    skipped_count: int = 0
    notes: tuple[str, ...] = ()
    licence: str = ""

    modality: ClassVar[str] = "tables"
    noun: ClassVar[str] = "rows"
    overrides: ClassVar[tuple[Any, ...]] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def inputs(self) -> NDArray[np.float32]:
        """What the network takes, (n, d): the encoded values."""
        return self.values

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the positions of a split's rows, in order."""
        return np.flatnonzero(self.splits == split)

    def normal_rows(self, split: str) -> NDArray[np.int64]:
        """Return the positions of a split's rows that are not known to be anomalies, in order."""
        return np.flatnonzero((self.splits == split) & (self.labels != ANOMALY))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return rows a label in each split: {"train": {"normal": 12, "anomaly": 0, "unknown": 3}, ...}."""
        names = {"normal": NORMAL, "anomaly": ANOMALY, "unknown": UNKNOWN}
        return {
            split: {name: int((self.labels[self.splits == split] == label).sum()) for name, label in names.items()}
            for split in TABLE_SPLITS
            if split in self.splits
        }

    def with_split(self, splits: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self:
        """Return the same rows with other splits."""
        return replace(self, splits=splits, reasons=reasons)

    def split_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (row number, label, split, reason) a row, as split.csv keeps them."""
        labels = np.array(["normal", "anomaly", ""])[self.labels]  # -1, not said, is the last
        reasons = self.splits if self.reasons is None else self.reasons
        columns = (self.numbers.astype(np.str_), labels, self.splits, reasons)
        return zip(*(column.tolist() for column in columns), strict=True)

    def record(self) -> Json:
        """Return what is worth remembering of the table, as JSON can hold it."""
        return {
            "modality": self.modality,
            "name": self.name,
            "source": self.source,
            "content_hash": self.content_hash,
            "rows": len(self),
            "counts": self.counts(),
            "schema": self.schema.to_dict(),
            "notes": list(self.notes),
            "rows_skipped": self.skipped_count,
            "skipped_items": [{"name": row.name, "reason": row.reason} for row in self.skipped_items],
            "licence": self.licence,
        }
