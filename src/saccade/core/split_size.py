"""How many rows a split gets, and what a test of so many can show."""

import math

import numpy as np

from saccade.core.errors import DataError
from saccade.core.intervals import wilson

FEW_IMAGES = 100
"""Below, an interval is wider than some 12 points, and an evaluation says so."""

USUAL = 0.9


def wanted_rows(amount: float, available: int, *, split: str, noun: str = "rows") -> int:
    """Return how many rows a fraction (below 1) or a number of them means.

    Args:
        amount: as a recipe has it.
        available: rows that it may be a fraction of.
        split: which split gets them.
        noun: what a row is.

    Raises:
        DataError: the amount is negative, or a broken number above 1.
    """
    if amount < 0 or (amount >= 1 and amount != int(amount)):
        raise DataError(
            f"The {split} split is to be {amount}: expected a fraction below 1, or a whole number of {noun}."
        )
    # rounded first: .07 × 100 is 7.000000000000001, and that is not eight rows
    return math.ceil(round(amount * available, 6)) if amount < 1 else int(amount)


def what_it_shows(images: int) -> str:
    """Return how sure an accuracy is on so many images, and what differences they can show, a part of a sentence."""
    right = round(USUAL * images)
    score = wilson(np.array([right]), np.array([images]))[0]
    # two networks that disagree about a tenth of the images: so many more must be right for p < .05 in pairs
    visible = 1.96 * np.sqrt((1 - USUAL) / images)
    return (
        f"{right} right of {images} means an accuracy between {score.low:.0%} and {score.high:.0%}, and two networks "
        f"that are closer than about {visible:.0%} cannot be told apart"
    )
