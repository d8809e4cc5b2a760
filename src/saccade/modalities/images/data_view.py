"""Images as a person looks through them: thumbnails with class and split."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.data_view import DataView, Thumbnails
from saccade.modalities.images.dataset import ImageDataset

SIDE = 64
"""Of a thumbnail, in pixels; smaller images are shown as they are."""


def view(dataset: ImageDataset) -> DataView:
    """Return what there is to see of images, one class each."""
    shown = dataset.strata()
    return DataView(
        name=dataset.name,
        noun=dataset.noun,
        count=len(dataset),
        counts=_counts(shown),
        notes=dataset.notes,
        thumbnails=Thumbnails(_small(shown.images), shown.names, shown.labels, shown.classes, shown.splits),
    )


def _counts(dataset: ImageDataset) -> dict[str, dict[str, int]]:
    """Return images a class in each split, or in all where none is cut yet."""
    if (dataset.splits != "").any():
        return dataset.counts()
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes)).tolist()
    return {"all": dict(zip(dataset.classes, counts, strict=True))}


def _small(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images (n, h, w, c) at thumbnail size; those that are small enough as they are."""
    height, width, _ = images.shape[1:]
    if max(height, width) <= SIDE:
        return images
    size = max(1, round(SIDE * width / max(height, width))), max(1, round(SIDE * height / max(height, width)))
    return np.stack([_shrunk(images[row], size) for row in range(len(images))])


def _shrunk(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else np.asarray(pixels))
    found = np.asarray(image.resize(size, Image.Resampling.BOX, reducing_gap=2))
    return found[..., None] if found.ndim == 2 else found
