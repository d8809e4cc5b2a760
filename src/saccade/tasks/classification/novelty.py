"""Novelty: how unlike those of the classes an image is, and from where on it is said to show none of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.type_validation import checked

NOVELTY = "novelty"
"""What the output is called."""

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]


@dataclass(frozen=True)
class Novelty:
    """What novelties mean.

    Attributes:
        known: those of validation images, which show one of the classes, rising.
        rate: of images that do show one, so large a share may be refused, 0 to 1.
        strangest: names of the validation images of the largest, the largest first; a file for others has none.
    """

    FILE: ClassVar[str] = "novelty.json"
    known: tuple[float, ...]
    rate: float
    strangest: tuple[str, ...] = ()

    def p_values(self, novelties: Array) -> Floats:
        """Return (n,) conformal p-values (Vovk et al. 2005): of images of the classes, a share of p has p or less."""
        less = np.searchsorted(self._rising, np.asarray(novelties, np.float64), side="left")
        count = len(self.known)
        return np.asarray((1 + count - less) / (1 + count), np.float64)

    @cached_property
    def _rising(self) -> Floats:
        return np.array(self.known, np.float64)  # once: a service asks for every image

    @property
    def strangest_p_values(self) -> Floats:
        """The p-values of the strangest validation images, each by all others, the smallest first."""
        largest = np.array(self.known[::-1][: len(self.strangest)])
        return np.asarray(1 - np.searchsorted(self.known, largest, side="left") / len(self.known), np.float64)

    def refused(self, novelties: Array) -> NDArray[np.bool_]:
        """Return (n,) which images are said to show none of the classes."""
        return np.asarray(self.p_values(novelties) <= self.rate)

    @property
    def needed(self) -> int:
        """How many validation images it takes to refuse anything at this rate: with fewer, no p-value is so small."""
        return int(np.ceil(1 / self.rate - 1e-9)) - 1

    @property
    def decides(self) -> bool:
        """Whether there are so many."""
        return len(self.known) >= self.needed

    @property
    def sentence(self) -> str:
        """What it promises, for the end of a training."""
        images = len(self.known)
        if not self.decides:
            return (
                f"No image is refused as none of the classes: {images:,} validation images are too few to do so to at "
                f"most {self.rate:.1%} of those that do show one; {self.needed:,} would do, or "
                f"--none-rate {np.ceil(1000 / (images + 1)) / 1000:g}."
            )
        return (
            f"Images unlike all classes are answered with none of these; so are about {self.rate:.1%} of those that do "
            f"show one of them, by {images:,} validation images."
        )

    def without_names(self) -> "Novelty":
        """Return it as a file for others has it."""
        return Novelty(self.known, self.rate)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {**asdict(self), "known": list(self.known), "strangest": list(self.strangest)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises ValueError, KeyError or TypeError for another."""
        made = checked(cls(tuple(content["known"]), content["rate"], tuple(content["strangest"])))
        if not made.known or not 0 < made.rate < 1 or list(made.known) != sorted(made.known):
            raise ValueError("novelties that do not rise, or a rate that is none")
        return made


@dataclass(frozen=True)
class KnownFeatures:
    """What the novelty of an image is measured by: training images, in a few numbers each.

    An image's description has f features, by whose direction it is compared, and statistics of maps; all d of them are
    compared in the r directions in which training images vary.

    Attributes:
        directions: (m, f), features of training images, each of length 1; f may be 0.
        centre: (d,), the mean description of training images.
        kernel: (d, r), from descriptions without their centre to the numbers that are compared.
        references: (k, r), those numbers of training images.
        middle: (2,), the logarithm of the squared distance of usual images to the nearest, in either way.
        spread: (2,), how much more it is for 1 in 20 of them.
    """

    FILE: ClassVar[str] = "known_features.npz"
    directions: Floats32
    centre: Floats32
    kernel: Floats32
    references: Floats32
    middle: Floats32
    spread: Floats32

    def to_dict(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Array]) -> Self:
        """Return what `to_dict` described; raises ValueError for arrays that do not fit."""
        made = cls(**{each.name: content[each.name] for each in fields(cls)})
        width, numbers = made.kernel.shape
        if made.centre.shape != (width,) or made.references.shape[1:] != (numbers,) or not len(made.references):
            raise ValueError(f"descriptions of {made.kernel.shape} and references of {made.references.shape}")
        if not made.directions.shape[1] <= width or made.middle.shape != (2,) or not (made.spread > 0).all():
            raise ValueError(f"{made.directions.shape[1]} features, spread {made.spread}")
        return made
