"""MeasuredImages: images with a number each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.modalities.images.dataset import ImageDataset, with_classes

_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
"""A number that may be 1,940 or 1.94."""

STRATA = 10
"""Ranges of equally many images, of which each split gets its share."""

LEAST_IN_A_STRATUM = 10


@dataclass(frozen=True)
class MeasuredImages(ImageDataset):
    """Images with a number each.

    `classes` are the different numbers as they are written, and `labels` say for each image which of them it has.

    Attributes:
        numbers: (n,), the number of each image.
        target: what the numbers are called: "age".
    """

    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    target: str = "number"

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """(k,), the number that each of `classes` is."""
        return np.array([float(text) for text in self.classes], np.float64)

    def of(self, split: str) -> NDArray[np.float64]:
        """Return the numbers of a split, (m,)."""
        return np.asarray(self.numbers[self.rows(split)], np.float64)

    def members(self, name: str, split: str) -> NDArray[np.int64]:
        """Raise DataError: numbers make no groups."""
        del split
        raise DataError(f"'{name}' is a number, which makes no groups of images. Name the images to compare.")

    def only(self, rows: NDArray[np.int64]) -> Self:
        """Return some rows in a data set of their own, without a copy of the images."""
        return replace(super().only(rows), numbers=self.numbers[rows])

    def strata(self) -> ImageDataset:
        """Return the images with ranges of equally many of the numbers as classes."""
        targets = self.numbers
        count = max(1, min(STRATA, len(targets) // LEAST_IN_A_STRATUM))
        edges = np.unique(np.quantile(targets, np.linspace(0, 1, count + 1)))
        labels = np.clip(np.searchsorted(edges, targets, side="right") - 1, 0, max(0, len(edges) - 2))
        present, labels = np.unique(labels, return_inverse=True)
        names = tuple(_range(targets[labels == number]) for number in range(len(present)))
        return with_classes(self, labels, names)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return images in each range of the numbers in each split."""
        return self.strata().counts()

    def record(self) -> Json:
        """Return what data.json says of them, as JSON can hold it."""
        plain = {name: value for name, value in super().record().items() if name != "classes"}
        summaries = {split: _summary(self.of(split)) for split in SPLITS if split in self.splits}
        return {**plain, "target": self.target, "targets": summaries}


def _range(values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _summary(values: NDArray[np.float64]) -> Mapping[str, float]:
    return {
        "mean": float(values.mean()),
        "std": float(values.std()),
        "lowest": float(values.min()),
        "highest": float(values.max()),
    }


def measured(images: ImageDataset, *, target: str) -> MeasuredImages:
    """Return images whose class names are numbers as such; raises DataError where one is none, or is not finite.

    10,5 is ten and a half where every comma can only be that of a decimal: 1,940 alone could be two numbers.
    """
    plain = _with_points(images.classes)
    for text, number in zip(images.classes, plain, strict=True):
        _refuse_no_number(text, number, images, target)
    known = {each.name: getattr(images, each.name) for each in fields(ImageDataset)} | {"classes": tuple(plain)}
    values = np.array([float(text) for text in plain], np.float64)
    return MeasuredImages(**known, numbers=np.asarray(values[images.labels], np.float64), target=target)


def _with_points(texts: Sequence[str]) -> Sequence[str]:
    """Return numbers with decimal commas as they are with points; all as they are where a comma may be another."""
    with_comma = [text for text in texts if "," in text]
    thousands = all(_THOUSANDS.fullmatch(text.strip()) for text in with_comma)
    if thousands or any("." in text for text in texts) or any(text.count(",") > 1 for text in with_comma):
        return texts
    return [text.replace(",", ".") for text in texts]


def _refuse_no_number(text: str, plain: str, images: ImageDataset, target: str) -> None:
    try:
        number = float(plain)
    except ValueError:
        number = None
    if number is None or not np.isfinite(number):
        row = int(np.flatnonzero(images.labels == images.classes.index(text))[0])
        hint = " Write decimals with a point, and nothing between thousands." if number is None and "," in text else ""
        raise DataError(
            f"{images.source} says '{text}' for {images.names[row]}, where '{target}' should be a finite number.{hint} "
            "Leave the cell empty to leave the image out, or name another column with --label."
        )


def refuse_constant(images: MeasuredImages) -> None:
    """Raise DataError where all training images have the same number: there is nothing to learn."""
    targets = images.of("train")
    if len(targets) and targets.min() == targets.max():
        raise DataError(
            f"All {len(targets):,} training images of {images.source} have the number {targets[0]:g}: there is nothing "
            f"to learn. Is '{images.target}' the right column? Name another with --label."
        )
