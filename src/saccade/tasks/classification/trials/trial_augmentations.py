"""Changes of images whose labels may or may not survive them: mirrored, turned, in other colours."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import rotate

Images = NDArray[np.uint8]

DEGREES = 15.0
"""Images are turned by so much either way: a camera that is held badly."""

GAIN = 0.3
"""Each colour is made stronger or weaker by up to this part: another light."""


def mirrored(images: Images) -> Images:
    """Return images (n, h, w, c) with left and right changed."""
    return images[:, :, ::-1]


def turned(images: Images) -> Images:
    """Return images, the even ones turned by `DEGREES` to the left and the odd ones to the right."""
    made = np.empty_like(images)
    for first, degrees in ((0, DEGREES), (1, -DEGREES)):
        made[first::2] = rotate(images[first::2], degrees, axes=(1, 2), reshape=False, order=1, mode="nearest")
    return made


def recoloured(images: Images) -> Images:
    """Return images of three channels, each channel stronger or weaker at random."""
    gains = np.random.default_rng(0).uniform(1 - GAIN, 1 + GAIN, (len(images), 1, 1, images.shape[-1]))
    return np.asarray(np.clip(images * gains, 0, 255), np.uint8)


CHANGES: dict[str, Callable[[Images], Images]] = {"flip": mirrored, "rotate": turned, "colour": recoloured}
"""By the setting of `augment` that they stand for."""
