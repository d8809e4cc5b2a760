"""The size of the images that a detector sees, chosen by the sizes of the objects."""

import json
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError

SIDES = range(128, 513, 32)
"""Of the square images that a detector sees, in pixels."""

LEAST_SIDE = 192
"""Smaller ones are not chosen, unless the images are: of large objects too little would be seen."""

USUAL_OBJECT = 40
"""Pixels that the smaller side of half of the objects has at least, where that is possible."""

SMALL_OBJECT = 12
"""Pixels, three cells of the network's maps, that the smaller side of 9 in 10 objects has at least, likewise."""


def suitable_side(
    annotations: Sequence[str], *, fit: Literal["pad", "stretch", "crop"], least: int = LEAST_SIDE
) -> tuple[int, str]:
    """Return the side of the images in pixels, and a sentence that says why.

    The smallest multiple of 32 from 192 to 512 at which half of the objects have a smaller side of 40 pixels and nine
    in ten one of 12, but no larger than the images are.

    Args:
        annotations: texts of annotations, as `annotation_text` writes them.
        fit: how images become square.
        least: pixels that are chosen at least, unless the images have fewer.

    Raises:
        DataError: there is no object.
    """
    shares, longest = _relative_sides(annotations, fit=fit)
    if not len(shares):
        raise DataError("There are no objects to learn from: every image is without boxes, or all are to be ignored.")
    median, small = np.quantile(shares, (0.5, 0.1))
    wanted = max(least, USUAL_OBJECT / median, SMALL_OBJECT / small)
    side = _multiple(min(wanted, longest))
    return side, _said(side, wanted=wanted, median=float(median), small=float(small))


def _relative_sides(annotations: Sequence[str], *, fit: str) -> tuple[NDArray[np.float64], float]:
    """Return the smaller side of each object as a share of what the network sees, and images' usual longer side."""
    shares, longest = list[float](), list[int]()
    for each in map(json.loads, annotations):
        height, width = each["size"]
        across, down = (width, height) if fit == "stretch" else (max(height, width),) * 2
        longest.append(max(height, width))
        rows = [row for row in each["objects"] if not row[5]]
        shares += [min((row[3] - row[1]) / across, (row[4] - row[2]) / down) for row in rows]
    return np.array(shares), float(np.median(longest)) if longest else 0.0


def _multiple(side: float) -> int:
    return next((each for each in SIDES if each >= math.floor(side)), SIDES[-1])


def _said(side: int, *, wanted: float, median: float, small: float) -> str:
    enough = "" if side >= wanted else " More is not in the images." if side < SIDES[-1] else " Larger ones see more."
    return (
        f"Images of {side} pixels, chosen by the boxes: half of the objects have a smaller side of "
        f"{median * side:.0f} pixels there or more, one in ten less than {small * side:.0f}.{enough}"
    )
