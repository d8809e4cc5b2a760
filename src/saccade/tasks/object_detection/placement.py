"""Where an image lies within the square that a network sees: boxes go there and back."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
"""(..., 4): left, top, right and bottom, in pixels; a box from 0 to 10 holds ten pixels."""

Sizes = NDArray[np.int32]
"""(..., 2): height and width, in pixels."""


def to_network(boxes: Boxes, sizes: Sizes, side: tuple[int, int], *, fit: Literal["pad", "stretch"]) -> Boxes:
    """Return boxes (n, k, 4) of images as the boxes of what the network sees.

    Args:
        boxes: in pixels of the images.
        sizes: (n, 2), height and width of the images.
        side: height and width of what the network sees.
        fit: how the images were made to fit, as `modalities.images.pixels.to_pixels` does it.
    """
    scale, offset = _scale_and_offset(sizes, side, fit=fit)
    return np.asarray(boxes * scale[:, None] + offset[:, None], np.float32)


def to_images(boxes: Boxes, sizes: Sizes, side: tuple[int, int], *, fit: Literal["pad", "stretch"]) -> Boxes:
    """Return boxes (n, k, 4) of what the network sees as boxes of the images, which they do not leave."""
    scale, offset = _scale_and_offset(sizes, side, fit=fit)
    ends = np.tile(sizes[:, ::-1], 2)[:, None].astype(np.float32)
    return np.asarray(np.clip((boxes - offset[:, None]) / scale[:, None], 0, ends), np.float32)


def _scale_and_offset(
    sizes: Sizes, side: tuple[int, int], *, fit: Literal["pad", "stretch"]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n, 4) each, for left, top, right and bottom."""
    target = np.array(side, np.float64)
    whole = sizes.astype(np.float64)
    inner = np.broadcast_to(target, whole.shape)
    if fit == "pad":  # as to_pixels rounds and centres
        inner = np.maximum(1, np.round(whole * (target / whole).min(axis=1, keepdims=True)))
    offset = (target - inner) // 2
    scale = inner / whole
    return np.tile(scale[:, ::-1], 2), np.tile(offset[:, ::-1], 2)
