"""TaggedImages: images with any number of labels each."""

from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.modalities.images.dataset import ImageDataset, by_rarest
from saccade.modalities.images.listing import in_order
from saccade.tasks.multi_label.reading import JOINT, joined, separate

NO_LABEL = "no label"
"""What images without a label are called."""

Truth = NDArray[np.uint8]


@dataclass(frozen=True)
class TaggedImages(ImageDataset):
    """Images with any number of labels each.

    `classes` are the different sets of labels, written "cat|dog", and `labels` say for each image which it has.

    Attributes:
        tags: names of the labels, in the order of the network's outputs.
        truth: (n, k), 1 where an image has a label.
    """

    tags: tuple[str, ...] = ()
    truth: Truth = field(default_factory=lambda: np.empty((0, 0), np.uint8))

    @property
    def sets(self) -> Truth:
        """(s, k), 1 where a set of `classes` has a label."""
        return truth_of(self.classes, self.tags)

    def of(self, split: str) -> Truth:
        """Return which labels the images of a split have, (m, k)."""
        return np.asarray(self.truth[self.rows(split)], np.uint8)

    def members(self, name: str, split: str) -> NDArray[np.int64]:
        """Return the rows of a split that have a label; raises ValueError where there is no such label."""
        rows = self.rows(split)
        return np.asarray(rows[self.truth[rows, self.tags.index(name)] > 0], np.int64)

    def only(self, rows: NDArray[np.int64]) -> Self:
        """Return some rows in a data set of their own, without a copy of the images."""
        return replace(super().only(rows), truth=self.truth[rows])

    def strata(self) -> ImageDataset:
        """Return the images with the rarest of their labels as their class."""
        truth = np.asarray(self.truth[np.arange(len(self))], np.bool_)
        return by_rarest(self, truth, self.tags, nothing=NO_LABEL)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return images with each label in each split; one with two labels counts for both."""
        return {split: _counts(self.tags, self.of(split)) for split in SPLITS if split in self.splits}

    def record(self) -> Json:
        """Return what data.json says of them, as JSON can hold it."""
        sizes = {split: len(self.rows(split)) for split in SPLITS if split in self.splits}
        return {**super().record(), "classes": list(self.tags), "images": sizes}


def _counts(tags: tuple[str, ...], truth: Truth) -> dict[str, int]:
    return {**dict(zip(tags, truth.sum(axis=0).tolist(), strict=True)), NO_LABEL: int((~truth.any(axis=1)).sum())}


def truth_of(texts: tuple[str, ...], tags: tuple[str, ...]) -> Truth:
    """Return (n, k), 1 where a text such as "cat|dog" names a label."""
    position = {tag: number for number, tag in enumerate(tags)}
    truth = np.zeros((len(texts), len(tags)), np.uint8)
    for row, text in enumerate(texts):
        truth[row, [position[label] for label in text.split(JOINT) if label in position]] = 1
    return truth


def tagged(images: ImageDataset, *, tags: tuple[str, ...] = ()) -> TaggedImages:
    """Return images whose class names are sets of labels ("cat+dog" too) as such.

    Args:
        images: as their source has them.
        tags: the labels to know, in their order; left out: all that there are.

    Raises:
        DataError: there is no label at all.
    """
    texts = tuple(joined(labels) for labels in separate(images.classes))
    found = tags or in_order({label for text in texts for label in text.split(JOINT)} - {""})
    if not found:
        raise DataError(f"{images.source} has no labels: none of its {len(images.labels):,} images has one.")
    truth = truth_of(texts, found)
    known = {each.name: getattr(images, each.name) for each in fields(ImageDataset)}
    made = TaggedImages(**{**known, "classes": texts}, tags=found, truth=truth[images.labels])
    single = not (truth.sum(axis=1) > 1).any()
    note = "No image has several labels: the task classification says which one of them it is, and is surer of it."
    return replace(made, notes=(*made.notes, note)) if single and not tags else made


def refuse_unlearnable(images: TaggedImages) -> None:
    """Raise DataError where a label is on none or on all of the training images."""
    counts, size = images.of("train").sum(axis=0), len(images.rows("train"))
    for tag, count in zip(images.tags, counts.tolist(), strict=True):
        if count in (0, size):
            raise DataError(
                f"{'None' if count == 0 else 'All'} of the {size:,} training images of {images.source} "
                f"{'has' if count == 0 else 'have'} the label '{tag}': it cannot be learnt. Leave it out of the data, "
                "or add images."
            )
