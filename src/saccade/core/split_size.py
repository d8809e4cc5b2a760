"""What a test of so many images can show."""

import numpy as np

from saccade.core.intervals import wilson

FEW_IMAGES = 100
"""Below, an interval is wider than some 12 points, and an evaluation says so."""

USUAL = 0.9


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
