"""Dataset: what every stage asks of data, whatever goes in; and what was skipped on the way to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.safe_json import Json

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class SkippedItem:
    """What is not used, and why.

    Attributes:
        name: of a file, a folder, or a row of a table.
        reason: a sentence; what stands before its first colon is the same for all of one kind of reason.
        kind: "image", "format" (an image of a kind that is not read) or "folder" (of images), which somebody may miss;
            "other", where nothing is missed; "pages", those after the first of a file that is used.
        count: how many; of "pages", those that are not used.
    """

    name: str
    reason: str
    kind: str = "image"
    count: int = 1


class Dataset(Protocol):
    """Inputs with their targets and splits, a row each; `ImageDataset` and `Table` are such."""

    @property
    def modality(self) -> str:
        """What goes in: "images", "tables"."""
        ...

    @property
    def noun(self) -> str:
        """What to call the rows: "images", "rows"."""
        ...

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    @property
    def source(self) -> str:
        """Where it came from, as given."""
        ...

    @property
    def content_hash(self) -> str:
        """Hex digest: equal data, equal hash."""
        ...

    @property
    def inputs(self) -> Array:
        """(n, ...), what the network takes."""
        ...

    @property
    def labels(self) -> Array:
        """(n, ...), what the task makes targets of."""
        ...

    @property
    def splits(self) -> NDArray[np.str_]:
        """(n,), "train", "validation", "test" or another split of the task; "" for rows that are left out."""
        ...

    @property
    def reasons(self) -> NDArray[np.str_] | None:
        """(n,), why the row is in its split, or None."""
        ...

    @property
    def skipped_items(self) -> tuple[SkippedItem, ...]:
        """What is not used, and why."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, a sentence each."""
        ...

    @property
    def licence(self) -> str:
        """Of the data; "" when not known."""
        ...

    @property
    def overrides(self) -> tuple[Any, ...]:
        """Labels that were corrected, already applied: (name, old, new) each."""
        ...

    def __len__(self) -> int: ...

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the row numbers of a split, in order."""
        ...

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Return rows a label in each split: {"train": {"cat": 12, ...}, ...}."""
        ...

    def split_rows(self) -> Iterator[Sequence[str]]:
        """Yield (name, label, split, reason) a row, as split.csv keeps them."""
        ...

    def with_split(self, splits: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self:
        """Return the same rows in other splits."""
        ...

    def record(self) -> Json:
        """Return what data.json says of them, plain values for JSON; "modality" among them."""
        ...
