"""Novelty: how far an image is from those of the classes, and from where on it is said to show none of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.typed import checked

DISTANCE = "distance"
"""What the output is called."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Novelty:
    """What distances mean.

    Attributes:
        distances: those of validation images, which show one of the classes, rising.
        rate: of images that do show one, so large a share may be refused, 0 to 1.
        farthest: names of the validation images farthest away, the farthest first; a file for others has none.
    """

    FILE: ClassVar[str] = "novelty.json"
    distances: tuple[float, ...]
    rate: float
    farthest: tuple[str, ...] = ()

    def p_values(self, distances: Array) -> Floats:
        """Return (n,) conformal p-values (Vovk et al. 2005): of images of the classes, a share of p has p or less."""
        nearer = np.searchsorted(self.distances, np.asarray(distances, np.float64), side="left")
        count = len(self.distances)
        return np.asarray((1 + count - nearer) / (1 + count), np.float64)

    def refused(self, distances: Array) -> NDArray[np.bool_]:
        """Return (n,) which images are said to show none of the classes."""
        return np.asarray(self.p_values(distances) <= self.rate)

    @property
    def needed(self) -> int:
        """How many validation images it takes to refuse anything at this rate: with fewer, no p-value is so small."""
        return int(np.ceil(1 / self.rate - 1e-9)) - 1

    @property
    def decides(self) -> bool:
        """Whether there are so many."""
        return len(self.distances) >= self.needed

    @property
    def sentence(self) -> str:
        """What it promises, for the end of a training."""
        images = len(self.distances)
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
        return Novelty(self.distances, self.rate)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {**asdict(self), "distances": list(self.distances), "farthest": list(self.farthest)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises ValueError, KeyError or TypeError for another."""
        made = checked(cls(tuple(content["distances"]), content["rate"], tuple(content["farthest"])))
        if not made.distances or not 0 < made.rate < 1 or list(made.distances) != sorted(made.distances):
            raise ValueError("distances that do not rise, or a rate that is none")
        return made


@dataclass(frozen=True)
class KnownFeatures:
    """What distances are measured from: training images, in a few numbers each.

    Attributes:
        centre: (d,), the mean description of training images.
        kernel: (d, r), from descriptions without their centre to the numbers that are compared.
        references: (m, r), those numbers of training images.
    """

    FILE: ClassVar[str] = "known_features.npz"
    centre: NDArray[np.float32]
    kernel: NDArray[np.float32]
    references: NDArray[np.float32]

    def distances(self, descriptions: Array) -> NDArray[np.float32]:
        """Return the squared distance of descriptions (n, d) to the nearest reference, a mean over r numbers, (n,)."""
        found = (np.asarray(descriptions, np.float32) - self.centre) @ self.kernel
        squares = np.square(found).mean(axis=1, keepdims=True) + np.square(self.references).mean(axis=1)
        between = squares - 2 / self.kernel.shape[1] * (found @ self.references.T)
        return np.asarray(np.maximum(between.min(axis=1), 0), np.float32)

    def to_dict(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return {"centre": self.centre, "kernel": self.kernel, "references": self.references}

    @classmethod
    def from_dict(cls, content: Mapping[str, Array]) -> Self:
        """Return what `to_dict` described; raises ValueError for arrays that do not fit."""
        centre, kernel, references = (content[name] for name in ("centre", "kernel", "references"))
        if kernel.ndim != 2 or references.ndim != 2 or kernel.shape[1] != references.shape[1] or not len(references):
            raise ValueError(f"descriptions of {kernel.shape} and references of {references.shape}")
        return cls(centre, kernel, references)
