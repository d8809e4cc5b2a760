"""Images as few numbers, for simple baselines."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.modalities.images.dataset import ImageDataset

MOST_FEATURES = 1024
"""Larger images are shrunk to fewer numbers than this: 28×28 grey stays, 32×32 in colour becomes 18×18."""


def pixel_features(dataset: ImageDataset, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return pixels as numbers from 0 to 1, (n, d), of images shrunk to at most 1,024 of them."""
    height, width, channels = dataset.image_shape
    factor = (MOST_FEATURES / (height * width * channels)) ** 0.5
    if factor >= 1:
        return _scaled(dataset.images[rows])
    size = max(1, int(width * factor)), max(1, int(height * factor))
    small = [_shrunk(dataset.images[row], size) for row in rows.tolist()]
    return _scaled(np.stack(small))


def _scaled(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(pixels.reshape(len(pixels), -1), np.float32) / np.float32(255)


def _shrunk(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    opened = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else np.asarray(image))
    return np.asarray(opened.resize(size, Image.Resampling.BOX))
