"""Measuring: one pass over all images that leaves a few numbers of each, enough for every check."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np
from numpy.typing import NDArray

from saccade.core.parallel import in_chunks

LOOK = 16
"""Side of the small grey image that hashes are made of: re-encoding and small resizes change little at this size."""

DIGEST = 16  # bytes; two of a billion images collide with probability 1e-21
GREY = np.array([0.299, 0.587, 0.114], np.float32)  # luma, ITU-R BT.601
COLOURLESS = 8  # largest difference between the channels of a grey image that was saved as JPEG in colour


@dataclass(frozen=True)
class Measures:
    """What is kept of each image, about 600 bytes.

    Attributes:
        digests: (n, 16), uint8: of the decoded pixels; equal pixels, equal digest.
        looks: (n, 16, 16), float16: small grey images, 0 to 255.
        brightness: (n,), float32: mean grey, 0 to 255.
        contrast: (n,), float32: standard deviation of grey, 0 to 127.5.
        sharpness: (n,), float32: mean absolute difference of neighbouring pixels.
        darkest: (n,), uint8.
        brightest: (n,), uint8.
        colourless: (n,), bool: three channels that are all but equal; True for one channel.
    """

    digests: NDArray[np.uint8]
    looks: NDArray[np.float16]
    brightness: NDArray[np.float32]
    contrast: NDArray[np.float32]
    sharpness: NDArray[np.float32]
    darkest: NDArray[np.uint8]
    brightest: NDArray[np.uint8]
    colourless: NDArray[np.bool_]

    @property
    def blank(self) -> NDArray[np.bool_]:
        """(n,), whether the image is of one colour: it shows nothing, and all such images are alike."""
        return np.asarray(self.contrast < BLANK)


BLANK = 0.5
"""Standard deviation of grey, of 255 levels, below which nothing can be seen; one black dot in 28×28 has 9."""


def measure(images: NDArray[np.uint8], *, quiet: bool = False) -> Measures:
    """Return the measures of all images; each is read once, and memory grows by 600 bytes an image.

    Args:
        images: (n, h, w, c), uint8.
        quiet: no progress bar.
    """
    work = partial(_measure, images=images)
    size = image_bytes(images)
    splits = in_chunks(work, range(len(images)), title="Measuring images", item_bytes=size, quiet=quiet)
    return Measures(*(np.concatenate(column) for column in zip(*splits, strict=True)))


def _measure(rows: Sequence[int], *, images: NDArray[np.uint8]) -> tuple[NDArray[np.generic], ...]:
    pixels = np.ascontiguousarray(images[rows[0] : rows[-1] + 1])
    grey = to_grey(pixels)
    digests = [hashlib.blake2b(image.data, digest_size=DIGEST).digest() for image in pixels]
    channels = [pixels[..., channel] for channel in range(pixels.shape[-1])]
    # channel by channel: twenty times as fast as max and min over the short last axis
    spread = (reduce(np.maximum, channels) - reduce(np.minimum, channels)).max(axis=(1, 2))
    return (
        np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST),
        resized(grey, LOOK).astype(np.float16),
        grey.mean(axis=(1, 2)),
        grey.std(axis=(1, 2)),
        np.abs(np.diff(grey, axis=1)).mean(axis=(1, 2)) + np.abs(np.diff(grey, axis=2)).mean(axis=(1, 2)),
        pixels.min(axis=(1, 2, 3)),
        pixels.max(axis=(1, 2, 3)),
        spread <= COLOURLESS,
    )


def image_bytes(images: NDArray[np.uint8]) -> int:
    """Return the bytes of one of some images (n, h, w, c)."""
    return int(np.prod(images.shape[1:]))


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n, h, w), float32, 0 to 255, of pixels (n, h, w, 1 or 3)."""
    if pixels.shape[-1] == 1:
        return pixels[..., 0].astype(np.float32)
    return np.asarray(pixels.astype(np.float32) @ GREY)


def resized(grey: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return (n, side, side) by averaging areas: a large image is not sampled but summed up."""
    down, across = (_areas(length, side) for length in grey.shape[1:])
    return np.asarray(down @ grey @ across.T)


def _areas(old: int, new: int) -> NDArray[np.float32]:
    """Return (new, old): which part of each new pixel each old pixel covers."""
    edges = np.arange(new + 1) * old / new
    covered = np.minimum(edges[1:, None], np.arange(1, old + 1)) - np.maximum(edges[:-1, None], np.arange(old))
    weights = np.maximum(covered, 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)
