"""Intervals: how far from an answer the true number lies, by split conformal prediction."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked

COVERAGES = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Shares of new images whose number is to lie within an interval."""

USUAL = 0.9
"""The share that is used where none is asked for."""


@dataclass(frozen=True)
class Level:
    """An interval: the true number is at most `half_width` away from the answer in `coverage` (0 to 1) of the cases."""

    coverage: float
    half_width: float


@dataclass(frozen=True)
class Intervals:
    """Half widths of intervals around the answers of a network.

    Vovk, Gammerman and Shafer 2005; Lei et al. 2018, J. Am. Stat. Assoc. 113:1094. For new images that are like the
    validation images, the number lies within the interval at least as often as promised, whatever the network and the
    distribution. One thing is glossed over: the epoch whose weights are kept was chosen by the same images.

    Attributes:
        images: validation images they were made of.
        levels: by coverage; those that so few images cannot promise are left out.
    """

    FILE: ClassVar[str] = "intervals.json"
    images: int
    levels: tuple[Level, ...]

    @property
    def usual(self) -> Level | None:
        """The level for 90%, or the largest below that can be promised; None where none can."""
        known = [each for each in self.levels if each.coverage <= USUAL]
        return max(known, key=lambda each: each.coverage, default=None)

    def level(self, coverage: float) -> Level:
        """Return the level of a coverage; raises RunError where it is none of ours or cannot be promised."""
        found = next((each for each in self.levels if math.isclose(each.coverage, coverage)), None)
        if found is None:
            known = ", ".join(f"{each.coverage:g}" for each in self.levels) or "none"
            raise RunError(
                f"An interval for {coverage:.4g} of the images cannot be given: the {self.images:,} validation images "
                f"allow {known}. Train with more validation images for a larger share."
            )
        return found

    def sentence(self, target: str) -> str:
        """Return what is promised, for people."""
        if self.usual is None:
            return f"{self.images} validation images are too few to say how far off an answer may be."
        return (
            f"{self.usual.coverage:.0%} of the true values of '{target}' lie within ±{self.usual.half_width:.4g} of "
            f"the answer, by {self.images:,} validation images."
        )

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {"images": self.images, "levels": [asdict(each) for each in self.levels]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Intervals":
        """Return the intervals that `to_dict` described; raises ValueError, KeyError or TypeError for others."""
        made = checked(cls(content["images"], tuple(Level(**each) for each in content["levels"])))
        if not all(0 < each.coverage < 1 and 0 <= each.half_width < math.inf for each in made.levels):
            raise ValueError("a coverage beyond 0 to 1, or a half width that is no width")
        return made


def fit(residuals: NDArray[np.float64]) -> Intervals:
    """Return the intervals of a network.

    Args:
        residuals: (n,), answer minus true number, of images that it was not fitted to.
    """
    ordered = np.sort(np.abs(residuals))
    ranks = {coverage: rank(coverage, len(ordered)) for coverage in COVERAGES}
    levels = [Level(each, float(ordered[at - 1])) for each, at in ranks.items() if at <= len(ordered)]
    return Intervals(len(ordered), tuple(levels))


def rank(coverage: float, count: int) -> int:
    """Return which of the sorted errors, from 1, is the half width: the finite-sample quantile."""
    return math.ceil(round((count + 1) * coverage, 9))
