"""Comparing two images pixel by pixel, as if one were a copy of the other that went through some program.

A copy that was saved as JPEG, resized, sharpened or blurred a little, made brighter or darker, or moved by a part of a
pixel is explained by the original: its grey values, their squares (a bent tone curve, clipped lights), what a blur
takes away, and the two gradients. What is left is noise, everywhere. Of another image that looks alike, structure is
left somewhere: so the worst of 4×4 blocks is what counts. Lights and shadows that are lost are looked beyond: see
`clipped`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.core.parallel import in_chunks
from saccade.modalities.images.audit.clipped import unexplained_when_clipped
from saccade.modalities.images.audit.explaining import SIDE, Floats, blurred, left_of
from saccade.modalities.images.audit.measuring import image_bytes, resized, to_grey

EXPLAINED, UNLIKE = 0.03, 1.0
"""Of pairs that leave less, clipped lights need not be made up for; those that leave more are of two images."""


def unexplained(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n,): what is left of the worse explained block, in standard deviations of the image; 0 for a copy.

    Args:
        first: (n, h, w, c), uint8.
        second: the same shape; which of the two is the original is found out.
    """
    one, other = _prepared(first), _prepared(second)
    left = np.minimum(left_of(one, other), left_of(other, one))
    rest = np.flatnonzero((left > EXPLAINED) & (left < UNLIKE))
    left[rest] = np.minimum(left[rest], unexplained_when_clipped(first[rest], second[rest]))
    return left


def _prepared(pixels: NDArray[np.uint8]) -> Floats:
    grey = to_grey(pixels)
    if max(grey.shape[1:]) > SIDE:
        grey = resized(grey, SIDE)
    return blurred(np.asarray(grey / 255, np.float32))


def unexplained_pairs(
    images: NDArray[np.uint8],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    mirrored: NDArray[np.bool_],
    *,
    quiet: bool = True,
) -> NDArray[np.float32]:
    """Return `unexplained` of rows of `images`, some of them with the second image seen in a mirror.

    About 40 µs a pair on one core.
    """

    def compare(pairs: Sequence[int]) -> NDArray[np.float32]:
        split = slice(pairs[0], pairs[-1] + 1)
        other = images[second[split]]
        flipped = np.where(mirrored[split, None, None, None], other[:, :, ::-1], other)
        return unexplained(images[first[split]], flipped)

    size = 2 * image_bytes(images)
    found = in_chunks(compare, range(len(first)), title="Comparing look-alikes", item_bytes=size, quiet=quiet)
    return np.concatenate([np.empty(0, np.float32), *found])
