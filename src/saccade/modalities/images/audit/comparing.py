"""Comparing two images pixel by pixel, as if one were a copy of the other that went through some program.

A copy that was saved as JPEG, resized, sharpened or blurred a little, made brighter or darker, or moved by a part of a
pixel is explained by the original: its grey values, their squares (a bent tone curve, clipped lights), what a blur
takes away, and the two gradients. What is left is noise, everywhere. Of another image that looks alike, structure is
left somewhere: so the worst of 4×4 blocks is what counts.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.core.parallel import in_chunks
from saccade.modalities.images.audit.measuring import resized, to_grey

SIDE = 32
"""Larger images are compared at this side: finer detail is what re-encoding destroys."""
_BLOCKS = 4

Floats = NDArray[np.float32]


def unexplained(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n,): what is left of the worse explained block, in standard deviations of the image; 0 for a copy.

    Args:
        first: (n, h, w, c), uint8.
        second: the same shape; which of the two is the original is found out.
    """
    one, other = _prepared(first), _prepared(second)
    return np.minimum(left_of(one, other), left_of(other, one))


def _prepared(pixels: NDArray[np.uint8]) -> Floats:
    grey = to_grey(pixels)
    if max(grey.shape[1:]) > SIDE:
        grey = resized(grey, SIDE)
    return blurred(np.asarray(grey / 255, np.float32))


def blurred(grey: Floats) -> Floats:
    """Return a 3×3 binomial blur: the noise of single pixels does not count."""
    padded = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    return np.asarray((down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]) / 4)


def left_of(original: Floats, copy: Floats, *, stretched: bool = False) -> Floats:
    """Return (n,): what the original leaves unexplained of the copy, both (n, h, w), 0 to 1 and blurred.

    Args:
        original: grey.
        copy: likewise.
        stretched: the copy may also be a little larger, smaller or turned.
    """
    count, height, width = original.shape
    by_row, by_column = np.gradient(original, axis=(1, 2))
    terms = [original, original**2, blurred(original) - original, by_row, by_column]
    if stretched:
        down, across = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
        terms += [down * by_row + across * by_column, across * by_row - down * by_column]
    given = np.stack([centred(np.asarray(term, np.float32)) for term in terms], axis=1)  # (n, terms, pixels)
    wanted = centred(copy)
    wanted = wanted / np.maximum(np.sqrt((wanted**2).mean(axis=1, keepdims=True)), 1e-6)
    rest = (wanted - (weights_of(given, wanted)[:, None] @ given)[:, 0]).reshape(count, height, width)
    return _worst_block(rest)


def weights_of(given: Floats, wanted: Floats) -> Floats:
    """Return (n, terms): how much of each of the terms (n, terms, pixels) explains what is wanted (n, pixels) best."""
    squares = given @ given.transpose(0, 2, 1)
    weight = 1e-5 * np.trace(squares, axis1=1, axis2=2)[:, None, None] / given.shape[1]
    ridge = np.maximum(weight, 1e-9) * np.eye(given.shape[1], dtype="f4")  # of an even area all terms are nothing
    return np.asarray(np.linalg.solve(squares + ridge, given @ wanted[:, :, None])[..., 0])


def centred(grey: Floats) -> Floats:
    """Return images (n, h, w) as rows (n, h · w) without their mean."""
    flat = grey.reshape(len(grey), -1)
    return np.asarray(flat - flat.mean(axis=1, keepdims=True))


def _worst_block(rest: Floats) -> Floats:
    count, height, width = rest.shape
    down, across = max(1, height // _BLOCKS), max(1, width // _BLOCKS)
    rows, columns = height // down, width // across
    blocks = rest[:, : rows * down, : columns * across].reshape(count, rows, down, columns, across)
    return np.asarray(np.sqrt((blocks**2).mean(axis=(2, 4)).max(axis=(1, 2))))


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

    found = in_chunks(compare, range(len(first)), title="Comparing look-alikes", quiet=quiet)
    return np.concatenate([np.empty(0, np.float32), *found])
