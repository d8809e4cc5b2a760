"""OneClassImages: a data set in which one class is normal and everything else is an anomaly."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RecipeError, unknown
from saccade.core.safe_json import Json
from saccade.core.shell_words import shell_word
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import ANOMALY, NORMAL, TABLE_SPLITS

USUAL_NAMES = ("good", "normal", "ok")
"""What the class of normal images is called, when nobody says it: the first is that of MVTec AD."""


@dataclass(frozen=True, kw_only=True)
class OneClassImages(ImageDataset):
    """Images of which is known whether they are normal; the stages ask them what they ask a `Table`.

    `classes` are "normal" and "anomaly", so that `labels` are 0 and 1, as those of a table. There is a fourth split,
    "calibration"; training and validation hold normal images only.

    Attributes:
        kinds: (n,), the class that the source names: "good", "scratch".
        normal: which of them is normal.
        times: None: images are not ordered by time.
    """

    kinds: NDArray[np.str_]
    normal: str
    times: None = None

    @property
    def numbers(self) -> NDArray[np.int64]:
        """(n,), the position in the source, from 1."""
        return np.arange(1, len(self) + 1)

    def normal_rows(self, split: str) -> NDArray[np.int64]:
        """Return the positions of a split's normal images, in order."""
        return np.flatnonzero((self.splits == split) & (self.labels != ANOMALY))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return images a kind in each split, the normal one first: {"train": {"good": 12, "scratch": 0}, ...}."""
        names = sorted(set(self.kinds.tolist()), key=lambda kind: (kind != self.normal, kind))
        return {
            split: {kind: int(np.count_nonzero((self.splits == split) & (self.kinds == kind))) for kind in names}
            for split in TABLE_SPLITS
            if split in self.splits
        }

    def split_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (name, kind, split, reason) a row, as split.csv keeps them."""
        reasons = self.splits if self.reasons is None else self.reasons
        return zip(*(column.tolist() for column in (self.names, self.kinds, self.splits, reasons)), strict=True)

    def record(self) -> Json:
        """Return what data.json says of them, with the class that is normal."""
        return {**super().record(), "normal": self.normal}

    def only(self, rows: NDArray[np.int64]) -> Self:
        """Return some rows in a data set of their own, without a copy of the images."""
        return replace(super().only(rows), kinds=self.kinds[rows])


def judged(dataset: ImageDataset, *, normal: str = "") -> OneClassImages:
    """Return images with one class taken for normal and all others for anomalies.

    Args:
        dataset: from `load`, with its classes.
        normal: the name of the normal class; "" takes "good", "normal" or "ok", or the only one.

    Raises:
        RecipeError: it cannot be known which class is normal; names the classes.
        UnknownNameError: there is no class of that name; names the nearest.
    """
    reference = _normal_class(dataset, normal)
    kinds = np.array(dataset.classes)[dataset.labels]
    own = {each.name: getattr(dataset, each.name) for each in fields(dataset)}
    own |= {"labels": np.where(kinds == reference, NORMAL, ANOMALY).astype(np.int64), "classes": ("normal", "anomaly")}
    return OneClassImages(**own, kinds=kinds, normal=reference)


def _normal_class(dataset: ImageDataset, normal: str) -> str:
    classes = dataset.classes
    if normal:
        named = [name for name in classes if name == normal] or [
            name for name in classes if name.lower() == normal.lower()
        ]
        if not named:
            raise unknown(f"class of {dataset.name}", normal, classes)
        return named[0]
    reference = [name for known in USUAL_NAMES for name in classes if name.lower() == known]
    if not reference and len(classes) > 1:
        raise RecipeError(
            f"Which images of {dataset.name} are normal? Found the classes {', '.join(classes)}, and none is called "
            f"{', '.join(USUAL_NAMES)}. Say it with --normal {shell_word(classes[0])}, or rename the folder."
        )
    return reference[0] if reference else classes[0]
