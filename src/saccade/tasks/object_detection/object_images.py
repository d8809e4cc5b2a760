"""ObjectImages: images with the boxes of the objects in them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.core.safe_json import Json
from saccade.modalities.images.dataset import ImageDataset, by_rarest
from saccade.tasks.object_detection.placement import Boxes, Sizes

NOTHING = "background"
"""What images without objects are called."""

PADDING = -1
"""The number of no class: where an image has fewer boxes than another."""


@dataclass(frozen=True)
class ObjectImages(ImageDataset):
    """Images with any number of boxes each, which are padded to the same number.

    `classes` are the different texts of annotations (`modalities.images.annotations.annotation_text`), and `labels` say
    for each image which it has.

    Attributes:
        objects: names of the classes of objects, in the order of the network's heat maps.
        sizes: (n, 2), height and width of each image in its source, as it is meant to be seen.
        boxes: (n, k, 4), left, top, right and bottom in pixels of the image in its source; 0 where there is none.
        numbers: (n, k), which of `objects`, or `PADDING`.
        ignored: (n, k), whether the object is neither learnt nor judged.
        fit: how the images became square.
    """

    objects: tuple[str, ...] = ()
    sizes: Sizes = field(default_factory=lambda: np.empty((0, 2), np.int32))
    boxes: Boxes = field(default_factory=lambda: np.empty((0, 0, 4), np.float32))
    numbers: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 0), np.int32))
    ignored: NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), np.bool_))
    fit: Literal["pad", "stretch"] = "pad"

    @cached_property
    def is_object(self) -> NDArray[np.bool_]:
        """(n, k), whether there is an object that counts."""
        return np.asarray((self.numbers != PADDING) & ~self.ignored)

    def only(self, rows: NDArray[np.int64]) -> Self:
        """Return some rows in a data set of their own, without a copy of the images."""
        own = {name: getattr(self, name)[rows] for name in ("sizes", "boxes", "numbers", "ignored")}
        return replace(super().only(rows), **own)

    def strata(self) -> ImageDataset:
        """Return the images with the rarest of their objects as their class."""
        return by_rarest(self, self._present(), self.objects, nothing=NOTHING)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return objects of each class in each split, and images without any."""
        return {split: self._counts(split) for split in SPLITS if split in self.splits}

    def split_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (name, "3 RBC, 1 WBC", split, reason) a row, as split.csv keeps them."""
        rows = zip(super().split_rows(), self.numbers, self.is_object, strict=True)
        return ((name, self._summary(numbers[real]), split, why) for (name, _, split, why), numbers, real in rows)

    def record(self) -> Json:
        """Return what data.json says of them, as JSON can hold it."""
        sizes = {split: len(self.rows(split)) for split in SPLITS if split in self.splits}
        return {**super().record(), "classes": list(self.objects), "images": sizes}

    def _present(self) -> NDArray[np.bool_]:
        """Return (n, c), whether an image has objects of a class."""
        return np.stack([(self.is_object & (self.numbers == at)).any(axis=1) for at in range(len(self.objects))], 1)

    def _counts(self, split: str) -> dict[str, int]:
        rows = self.rows(split)
        real = self.is_object[rows]
        found = np.bincount(self.numbers[rows][real], minlength=len(self.objects)).tolist()
        return {**dict(zip(self.objects, found, strict=True)), NOTHING: int((~real.any(axis=1)).sum())}

    def _summary(self, numbers: NDArray[np.int32]) -> str:
        found = np.bincount(numbers, minlength=len(self.objects)).tolist()
        said = [f"{count} {name}" for name, count in zip(self.objects, found, strict=True) if count]
        return ", ".join(said) or NOTHING


def with_objects(
    images: ImageDataset, *, objects: tuple[str, ...] = (), fit: Literal["pad", "stretch"] = "pad"
) -> ObjectImages:
    """Return images whose class names are texts of annotations as such.

    Args:
        images: as their source has them.
        objects: the classes to know, in their order, others are left out; none: all that there are.
        fit: how the images became square.
    """
    said = [json.loads(text) for text in images.classes]
    names = objects or tuple(sorted({row[0] for each in said for row in each["objects"]}))
    most = max([1, *(len(each["objects"]) for each in said)])
    sizes = np.array([each["size"] for each in said], np.int32).reshape(-1, 2)
    boxes = np.zeros((len(said), most, 4), np.float32)
    numbers = np.full((len(said), most), PADDING, np.int32)
    ignored = np.zeros((len(said), most), np.bool_)
    for at, each in enumerate(said):
        rows = [row for row in each["objects"] if row[0] in names]
        for place, (name, *sides, skipped) in enumerate(rows):
            boxes[at, place], numbers[at, place], ignored[at, place] = sides, names.index(name), bool(skipped)
    known = {each.name: getattr(images, each.name) for each in fields(ImageDataset)}
    of = images.labels
    return ObjectImages(
        **known, objects=names, sizes=sizes[of], boxes=boxes[of], numbers=numbers[of], ignored=ignored[of], fit=fit
    )
