"""Filters that whiten small patches of images: uncorrelated, and of equal strength."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_IMAGES = 5_000
"""That patches are cut from."""

PATCHES = 20
"""Cut from each, at random places."""

NOISE = 2e-3
"""Added to each variance, of patches from -1 to 1: what hardly varies is not blown up."""


def whitening_filters(images: NDArray[np.float32], *, size: int, filters: int) -> NDArray[np.float32]:
    """Return a convolution's kernel (size, size, channels, filters) that whitens patches of these images.

    The first half of the filters are the directions in which patches vary most, each divided by the square root of its
    variance; the second half are their negatives, so that nothing is lost when a ReLU follows.

    Args:
        images: (n, height, width, channels), as the convolution gets them; both sides are `size` or more.
        size: side of the patches in pixels.
        filters: an even number, 2 · size² · channels at most.
    """
    patches = _patches(images, size)
    variances, directions = np.linalg.eigh(patches.T @ patches / len(patches))
    strongest = np.argsort(variances)[::-1][: filters // 2]
    kernel = directions[:, strongest] / np.sqrt(variances[strongest] + NOISE)
    return np.concatenate([kernel, -kernel], axis=1).reshape(size, size, images.shape[-1], filters).astype(np.float32)


def most_filters(size: int, channels: int) -> int:
    """Return how many filters can whiten patches of (size, size, channels)."""
    return 2 * size**2 * channels


def sample_images(images: Any, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return images (n, h, w, c) of evenly spread rows, at most `MOST_IMAGES`; the same ones in every process."""
    chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_IMAGES)).astype(np.int64)]
    return np.asarray(images[np.sort(chosen)])


def _patches(images: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """Return flattened patches (n, size² · channels) of all images."""
    random = np.random.default_rng(0)
    count = len(images) * PATCHES
    which = np.repeat(np.arange(len(images)), PATCHES)
    top = random.integers(0, images.shape[1] - size + 1, count)
    left = random.integers(0, images.shape[2] - size + 1, count)
    offsets = np.arange(size)
    patches = images[
        which[:, None, None], top[:, None, None] + offsets[:, None], left[:, None, None] + offsets[None, :]
    ]
    return np.asarray(patches.reshape(count, -1), np.float64)
