"""Dataset: pictures as numbers, with their names, classes and parts; flows from `data/` into every stage."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class SetAside:
    """A file that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Labelled pictures, one row each.

    Attributes:
        name: what the user calls it: "mnist", or the folder's name.
        source: where it came from, as given.
        images: (n, h, w, c), uint8; a memory-mapped file when it came from picture files. Rows of the test
            part are not touched before an evaluation.
        labels: (n,), int64, positions in `classes`.
        classes: class names in label order.
        names: one name a row, unique: a path relative to the source, or "train/00042".
        parts: one of "train", "validation", "test" a row; "" where the source does not say.
        reasons: why the row is in its part: "given", "cut from training, stratified", ...
        groups: one group name a row (rows of a group stay in one part), or None.
        content_hash: hex digest of names, labels and pixels or files: equal data, equal hash.
        set_aside: files that could not be used.
        notes: what the user should know about the data, a sentence each.
        licence: the licence of named data; "" when not known.
    """

    name: str
    source: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    names: NDArray[np.str_]
    parts: NDArray[np.str_]
    content_hash: str
    reasons: NDArray[np.str_] | None = None
    groups: NDArray[np.str_] | None = None
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = field(default=())
    licence: str = ""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every picture."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    def rows(self, part: str) -> NDArray[np.int64]:
        """Return the row numbers of a part, in order."""
        return np.flatnonzero(self.parts == part)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return pictures a class in each part: {"train": {"cat": 12, ...}, ...}."""
        return {
            part: dict(
                zip(
                    self.classes,
                    np.bincount(self.labels[self.rows(part)], minlength=len(self.classes)).tolist(),
                    strict=True,
                )
            )
            for part in PARTS
            if part in self.parts
        }

    def with_split(self, parts: NDArray[np.str_], reasons: NDArray[np.str_]) -> "Dataset":
        """Return the same pictures with other parts."""
        return replace(self, parts=parts, reasons=reasons)
