"""Scattered digits: 750 noisy 128×128 grey canvases with 2 to 6 digits in boxes each; nothing to download."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from saccade.modalities.images import listing
from saccade.modalities.images.annotations import MarkedImage, MarkedObject, annotation_text
from saccade.modalities.images.listing import Listing

LICENCE = "CC BY 4.0"
HOMEPAGE = "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits"
SIDE = 128
IMAGE_SHAPE = (SIDE, SIDE, 1)
CLASSES = tuple("0123456789")
SPLITS = {"train": 500, "validation": 100, "test": 150}
"""Canvases of each split; no digit of scikit-learn's is in two splits."""

_SEED = 0
_FEWEST, _MOST = 2, 6  # digits of a canvas
_SMALLEST, _LARGEST = 3.0, 5.0  # by which digits of 8×8 pixels are enlarged
_TRIES = 20  # places that are tried for a digit
_INK = 64  # from this brightness on a pixel belongs to the digit
_NOISE = 12  # standard deviation

Ink = NDArray[np.uint8]


def read(*, quiet: bool = False) -> Listing:
    """Return the canvases in their splits; their classes are texts of annotations, always the same."""
    del quiet  # nothing is downloaded
    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    random = np.random.default_rng(_SEED)
    shown, texts = dict[str, NDArray[np.uint8]](), dict[str, list[str]]()
    for (split, count), rows in zip(SPLITS.items(), _cut(random.permutation(len(pixels))), strict=True):
        made = [_canvas(pixels, digits.target, rows, random) for _ in range(count)]
        shown[split] = np.stack([canvas for canvas, _ in made])[..., None]
        texts[split] = [text for _, text in made]
    classes = sorted({text for each in texts.values() for text in each})
    position = {text: number for number, text in enumerate(classes)}
    labels = {split: np.array([position[text] for text in each], np.int64) for split, each in texts.items()}
    return listing.of_pixels(shown, labels, classes)


def _cut(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the digits of each split, in proportion to its canvases."""
    ends = np.cumsum(list(SPLITS.values()))
    return np.split(rows, ends[:-1] * len(rows) // ends[-1])


def _canvas(
    digits: Ink, labels: NDArray[np.int64], rows: NDArray[np.int64], random: np.random.Generator
) -> tuple[Ink, str]:
    """Return a canvas (128, 128) with some of the digits, and the text of its annotation."""
    ground = random.normal(random.uniform(30, 90), _NOISE, (SIDE, SIDE))
    marked = list[MarkedObject]()
    for row in random.choice(rows, random.integers(_FEWEST, _MOST + 1), replace=False):
        ink = _enlarged(digits[row], random.uniform(_SMALLEST, _LARGEST))
        place = _free_place(ink.shape, marked, random)
        if place:
            left, top = place
            height, width = ink.shape
            inside = ground[top : top + height, left : left + width]
            inside += (ink / 255) * (random.uniform(170, 250) - inside)
            marked.append(MarkedObject(CLASSES[labels[row]], left, top, left + width, top + height))
    image = MarkedImage("", Path(), (SIDE, SIDE), tuple(marked))
    return np.clip(np.rint(ground), 0, 255).astype(np.uint8), annotation_text(image)


def _enlarged(digit: Ink, times: float) -> Ink:
    """Return a digit at another size, without the empty rows and columns around it."""
    side = round(len(digit) * times)
    large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC))
    inked = large >= _INK
    down, across = (np.flatnonzero(np.any(inked, axis=axis)) for axis in (1, 0))
    return large[down[0] : down[-1] + 1, across[0] : across[-1] + 1]


def _free_place(
    size: tuple[int, ...], taken: Sequence[MarkedObject], random: np.random.Generator
) -> tuple[int, int] | None:
    """Return (left, top) of a place without a digit, None where none was found."""
    height, width = size
    for _ in range(_TRIES):
        left, top = (int(random.integers(0, SIDE - side + 1)) for side in (width, height))
        if all(
            left >= each.right or left + width <= each.left or top >= each.bottom or top + height <= each.top
            for each in taken
        ):
            return left, top
    return None
