"""Explaining one image by another: by its grey values, their squares, what a blur takes away, and its gradients."""

import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Larger images are compared at this side: finer detail is what re-encoding destroys."""
_BLOCKS = 4

Floats = NDArray[np.float32]


def blurred(grey: Floats) -> Floats:
    """Return a 3×3 binomial blur: the noise of single pixels does not count."""
    return _smoothed(_smoothed(grey, 1), 2)


def _smoothed(grey: Floats, axis: int) -> Floats:
    """Return each value half, and a quarter of its neighbours along an axis; at the edge, of itself."""
    values = np.moveaxis(grey, axis, 0)
    result = 2 * values
    result[1:] += values[:-1]
    result[:-1] += values[1:]
    result[0] += values[0]
    result[-1] += values[-1]
    return np.asarray(np.moveaxis(result, 0, axis) * np.float32(0.25))


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
    return worst_of_blocks(rest**2)


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


def worst_of_blocks(squares: Floats, counts: Floats | None = None) -> Floats:
    """Return (n,), the root of the largest mean over one of 4×4 blocks.

    Args:
        squares: (n, h, w), of what is left; 0 where that does not count.
        counts: (n, h, w), 0 to 1, how much each pixel counts; None: all alike. A block of which less than a quarter
            counts is judged as if a quarter did.
    """
    found = _block_means(squares)
    if counts is not None:
        found = np.asarray(found / np.maximum(_block_means(counts), 0.25), np.float32)
    return np.asarray(np.sqrt(found.max(axis=(1, 2))), np.float32)


def _block_means(values: Floats) -> Floats:
    count, height, width = values.shape
    down, across = max(1, height // _BLOCKS), max(1, width // _BLOCKS)
    rows, columns = height // down, width // across
    blocks = values[:, : rows * down, : columns * across].reshape(count, rows, down, columns, across)
    return np.asarray(blocks.mean(axis=(2, 4)))
