"""Properties of images that people have words for: brightness, contrast, sharpness, colours; size and kind of files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.audit.measuring import to_grey
from saccade.modalities.images.file_properties import Survey, survey
from saccade.modalities.images.store import originals
from saccade.modalities.images.streams import Input

GREY = ("brightness", "contrast", "sharpness")
COLOURED = ("saturation", "red", "green", "blue")


def names(channels: int) -> tuple[str, ...]:
    """Return what is measured of images of so many channels, 1 or 3."""
    return GREY + (COLOURED if channels == len("rgb") else ())


def properties(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what `names` says of images (n, h, w, c), (n, p).

    Brightness is the mean grey, 0 to 255, contrast its standard deviation, sharpness the mean difference of
    neighbouring pixels as a part of the contrast, so that less light does not look like blur; saturation, 0 to 1, is
    that of hue, saturation and value; red, green and blue are parts of the light, 0 to 1.
    """
    grey = to_grey(pixels)
    contrast = grey.std(axis=(1, 2))
    steps = [np.abs(np.diff(grey, axis=axis)).mean(axis=(1, 2)) for axis in (1, 2) if grey.shape[axis] > 1]
    sharpness = np.sum([*steps, np.zeros(len(grey))], axis=0) / np.maximum(contrast, 1)
    found = [grey.mean(axis=(1, 2)), contrast, sharpness]
    return np.column_stack([*found, *_colours(pixels)]).astype(np.float32)


def _colours(pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    if pixels.shape[-1] == 1:
        return []
    brightest, darkest = (pixels[..., 0].astype(np.float32) for _ in range(2))
    for channel in range(1, pixels.shape[-1]):  # twenty times as fast as max and min over the short last axis
        brightest, darkest = np.maximum(brightest, pixels[..., channel]), np.minimum(darkest, pixels[..., channel])
    saturation = ((brightest - darkest) / np.maximum(brightest, 1)).mean(axis=(1, 2))
    light = pixels.mean(axis=(1, 2), dtype=np.float32)
    return [saturation, *(light / np.maximum(light.sum(axis=1, keepdims=True), 1)).T]


@dataclass(frozen=True)
class Files:
    """What the headers of image files say, a row each.

    Attributes:
        sizes: (n, 2), height and width in pixels, before they became what the network takes.
        formats: (n,), "JPEG", "PNG", …
    """

    sizes: NDArray[np.int32]
    formats: NDArray[np.str_]

    def only(self, rows: NDArray[np.int64]) -> "Files":
        """Return what is known of some of them."""
        return Files(self.sizes[rows], self.formats[rows])


def files_of(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> Files | None:
    """Return what is known of the files of some rows of images; None where they are no files."""
    known = originals(images)
    return _files(known.files).only(rows) if known and len(known.rows) == len(images) else None


def files_behind(inputs: Sequence[Input], *, quiet: bool = True) -> Files | None:
    """Return what is known of the files that new images come from; None where they are no files."""
    paths = [str(each.content) for each in inputs if isinstance(each.content, Path)]
    return _files(survey(paths, quiet=quiet)) if paths and len(paths) == len(inputs) else None


def _files(found: Survey) -> Files:
    return Files(found.sizes, found.formats)
