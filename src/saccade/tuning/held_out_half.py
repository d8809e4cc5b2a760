"""One half of the validation rows for the search, the other for the last word: what is chosen by rows flatters on them.

A search that tries many settings finds some that are good on just these rows. So trials see one half only, and
recipe and winner are compared on the other, by which nothing was chosen: no epoch, no threshold, no setting.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from saccade.core.dataset import Dataset
from saccade.core.errors import DataError

LEAST = 20
"""Rows: of fewer, a half says nothing."""

REASON = "kept back from the search"
TEST = "test"

Data = TypeVar("Data", bound=Dataset)


@dataclass(frozen=True)
class HeldOutHalf:
    """Which rows the search sees, and which it does not.

    Attributes:
        split: of which they are halves: "validation".
        names: of the rows that are kept back, as split.csv has them.
    """

    split: str
    names: frozenset[str]

    @classmethod
    def of(cls, dataset: Dataset, split: str, *, seed: int) -> "HeldOutHalf":
        """Return a random half of a split, of each label as many; raises DataError where there are too few rows."""
        rows = [(name, label) for name, label, where, _ in dataset.split_rows() if where == split]
        if len(rows) < LEAST:
            raise DataError(
                f"A search needs {LEAST} {split} {dataset.noun} or more, half to choose by and half to judge by; there "
                f"are {len(rows)}. Raise --{split}."
            )
        shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
        by_label = sorted(shuffled, key=lambda row: row[1])  # stable: at random within a label
        return cls(split, frozenset(name for name, _ in by_label[1::2]))

    def without(self, dataset: Data) -> Data:
        """Return the data as the search sees them; raises DataError where they are not those that were halved."""
        rows = list(dataset.split_rows())
        there = {name for name, _, where, _ in rows if where == self.split}
        if not self.names <= there:
            raise DataError(
                f"These settings put other rows into {self.split}, so that they cannot be compared with the others."
            )
        splits = ["" if name in self.names else where for name, _, where, _ in rows]
        reasons = [REASON if name in self.names else why for name, _, _, why in rows]
        return dataset.with_split(np.array(splits), np.array(reasons))

    def alone(self, dataset: Data) -> Data:
        """Return the data with the rows that are kept back alone in their split: to see whether they can judge."""
        others = {name for name, _, where, _ in dataset.split_rows() if where == self.split} - self.names
        return HeldOutHalf(self.split, frozenset(others)).without(dataset)

    def as_test(self, dataset: Dataset, *, with_training: bool) -> Iterator[tuple[str, str, str, str]]:
        """Yield rows of a split.csv in which the half is the test split, and nobody can open the true one.

        Args:
            dataset: the data, in any splits of these rows.
            with_training: keep the others, which answers are made of too; else they are in no split.
        """
        for name, label, where, _ in dataset.split_rows():
            yield name, label, self._place(name, where, with_training=with_training), REASON

    def _place(self, name: str, where: str, *, with_training: bool) -> str:
        if name in self.names:
            return TEST
        if not with_training or where.startswith(TEST):
            return ""
        return _KNOWN.get(where, where)


_KNOWN: Mapping[str, str] = {"validation known": "test known"}
"""What is known of users who are asked about others: see `Dataset.split_rows` of ratings."""
