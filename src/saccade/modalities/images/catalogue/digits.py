"""Digits: 1,797 handwritten digits, 8×8 grey, 10 classes; comes with scikit-learn, nothing to download."""

import numpy as np
from sklearn.datasets import load_digits

from saccade.modalities.images import listing
from saccade.modalities.images.listing import Listing

LICENCE = "CC BY 4.0"
HOMEPAGE = "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits"
IMAGE_SHAPE = (8, 8, 1)
CLASSES = tuple("0123456789")
_DARKEST = 16


def read(*, quiet: bool = False) -> Listing:
    """Return the digits, 0 to 16 scaled to 0 to 255; the source has no splits."""
    del quiet  # nothing is downloaded
    digits = load_digits()
    pixels = np.rint(digits.images * (255 / _DARKEST)).astype(np.uint8)[..., np.newaxis]
    return listing.of_pixels({"": pixels}, {"": digits.target.astype(np.int64)}, CLASSES)
