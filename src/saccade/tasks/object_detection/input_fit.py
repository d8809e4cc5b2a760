"""How images become square for a detector, chosen by their shapes."""

import json
from collections.abc import Sequence
from typing import Literal

import numpy as np

MOST_APART = 1.1
"""Images are of one shape where none is wider for its height than another by more than this factor."""


def suitable_fit(annotations: Sequence[str]) -> tuple[Literal["pad", "stretch"], str]:
    """Return how images become square, and a sentence that says why; no sentence where it makes no difference.

    Images of one shape are stretched: all objects change alike, and the parts of the square that padding would leave
    empty show more of them. Images of several shapes are padded, lest objects look different in each.

    Args:
        annotations: texts of annotations, as `annotation_text` writes them.
    """
    sizes = np.array([json.loads(each)["size"] for each in annotations], np.float64).reshape(-1, 2)
    shapes = sizes[:, 1] / sizes[:, 0]
    if not len(shapes) or shapes.max() > MOST_APART * shapes.min():
        return "pad", ""
    empty = 1 - min(np.median(shapes), 1 / np.median(shapes))
    return ("stretch", _said(float(empty))) if empty > 0 else ("pad", "")


def _said(empty: float) -> str:
    return (
        f"Images are stretched to squares: all have one shape, and padding would leave {empty:.0%} of a square empty. "
        "If images of other shapes will come, use --fit pad."
    )
