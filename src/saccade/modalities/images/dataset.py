"""ImageDataset: images as numbers, with their names, classes and splits."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS, SkippedItem
from saccade.core.safe_json import Json
from saccade.core.skipped_files import by_reason

MOST_NAMED = 1000
"""Files that data.json names with their reasons; it counts all of them."""


@dataclass(frozen=True)
class Override:
    """A corrected label: the row's name, the class it has in the source, the class it is to have.

    `new` is "" for an image that is to be left out.
    """

    path: str
    old: str
    new: str


class Picked:
    """Some rows of images, read when they are asked for: a memory-mapped file is not copied.

    Attributes:
        images: (m, h, w, c), uint8.
        rows: (n,), which of them.
        filename: of the memory-mapped file, if it is one.
    """

    def __init__(self, images: NDArray[np.uint8], rows: NDArray[np.int64]) -> None:
        self.images, self.rows = images, rows
        self.dtype = images.dtype
        self.filename = getattr(images, "filename", None)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, h, w, c)."""
        return len(self.rows), *self.images.shape[1:]

    def __getitem__(self, which: Any) -> NDArray[np.uint8]:
        return np.asarray(self.images[self.rows[which]])


@dataclass(frozen=True)
class ImageDataset:
    """Labelled images, one row each.

    Attributes:
        name: what the user calls it: "mnist", or the folder's name.
        source: where it came from, as given.
        images: (n, h, w, c), uint8; a memory-mapped file when it came from image files. Rows of the test
            part are not touched before an evaluation.
        labels: (n,), int64, positions in `classes`.
        classes: class names in label order.
        names: one name a row, unique: a path relative to the source, or "train/00042".
        splits: one of "train", "validation", "test" a row; "" where the source does not say, and later for
            images that are left out.
        reasons: why the row is in its split: "given", "cut from training, stratified", ...
        groups: one group name a row (rows of a group stay in one split), or None.
        content_hash: hex digest of names, labels and pixels or files: equal data, equal hash.
        skipped_items: all that is not used, files, folders and further pages; `data.skipping` gives it by reason.
        notes: what the user should know about the data, a sentence each.
        licence: the licence of named data; "" when not known.
        overrides: what was corrected, already applied: an `Override` each, or what a task has in its place.
        vectors: (n, d), what a pretrained network makes of each image, where one was asked; else None.
        lots: (n,), a number from 0 to 1 that follows from each file's content and says which go into the test split, so
            that those stay in it when images are added; None where nothing is added.
    """

    name: str
    source: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    names: NDArray[np.str_]
    splits: NDArray[np.str_]
    content_hash: str
    reasons: NDArray[np.str_] | None = None
    groups: NDArray[np.str_] | None = None
    skipped_items: tuple[SkippedItem, ...] = ()
    notes: tuple[str, ...] = field(default=())
    licence: str = ""
    overrides: tuple[Any, ...] = ()
    vectors: NDArray[np.float16] | None = None
    lots: NDArray[np.float64] | None = None

    modality: ClassVar[str] = "images"
    noun: ClassVar[str] = "images"

    def __len__(self) -> int:
        return len(self.labels)

    def strata(self) -> "ImageDataset":
        """Return the images with one class each, as checks and galleries show them: these, where they have that."""
        return self

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def inputs(self) -> NDArray[np.uint8]:
        """What the network takes, (n, h, w, c): the images."""
        return self.images

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the row numbers of a split, in order."""
        return np.flatnonzero(self.splits == split)

    def members(self, name: str, split: str) -> NDArray[np.int64]:
        """Return the rows of a split that are of a class; raises ValueError where there is no such class."""
        rows = self.rows(split)
        return np.asarray(rows[self.labels[rows] == self.classes.index(name)], np.int64)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return images a class in each split: {"train": {"cat": 12, ...}, ...}."""
        return {
            split: dict(
                zip(
                    self.classes,
                    np.bincount(self.labels[self.rows(split)], minlength=len(self.classes)).tolist(),
                    strict=True,
                )
            )
            for split in SPLITS
            if split in self.splits
        }

    def split_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (name, class, split, reason) a row, as split.csv keeps them."""
        reasons = self.splits if self.reasons is None else self.reasons
        rows = zip(self.names.tolist(), self.labels.tolist(), self.splits.tolist(), reasons.tolist(), strict=True)
        return ((name, self.classes[label], split, reason) for name, label, split, reason in rows)

    def with_split(self, splits: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self:
        """Return the same images with other splits."""
        return replace(self, splits=splits, reasons=reasons)

    def only(self, rows: NDArray[np.int64]) -> Self:
        """Return some rows in a data set of their own, without a copy of the images."""
        return replace(
            self,
            images=cast(NDArray[np.uint8], Picked(self.images, rows)),
            labels=self.labels[rows],
            names=self.names[rows],
            splits=self.splits[rows],
            reasons=None if self.reasons is None else self.reasons[rows],
            groups=None if self.groups is None else self.groups[rows],
            vectors=None if self.vectors is None else self.vectors[rows],
            lots=None if self.lots is None else self.lots[rows],
        )

    def record(self) -> Json:
        """Return what data.json says of them, as JSON can hold it."""
        return {
            "modality": self.modality,
            "name": self.name,
            "source": self.source,
            "licence": self.licence,
            "content_hash": self.content_hash,
            "image_shape": list(self.image_shape),
            "classes": list(self.classes),
            "counts": self.counts(),
            "notes": list(self.notes),
            "skipped": [each.to_dict() for each in by_reason(self.skipped_items)],
            "skipped_items": [asdict(each) for each in self.skipped_items[:MOST_NAMED]],
        }


def with_classes(images: ImageDataset, labels: NDArray[np.int64], classes: Sequence[str]) -> ImageDataset:
    """Return images with one class each in place of what a task says of them; labels (n,) are positions in classes."""
    known = {each.name: getattr(images, each.name) for each in fields(ImageDataset)}
    return ImageDataset(**{**known, "labels": labels.astype(np.int64), "classes": tuple(classes)})


def by_rarest(images: ImageDataset, present: NDArray[np.bool_], names: Sequence[str], *, nothing: str) -> ImageDataset:
    """Return images with the rarest of what they show as their class.

    Args:
        images: n of them.
        present: (n, k), whether an image shows each.
        names: of these k.
        nothing: the class of images that show none.
    """
    rarity = np.where(present, present.sum(axis=0), len(present) + 1)
    rarest = np.where(present.any(axis=1), rarity.argmin(axis=1), len(names))
    found, labels = np.unique(rarest, return_inverse=True)
    every = (*names, nothing)
    return with_classes(images, labels, [every[at] for at in found])
