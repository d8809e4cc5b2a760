"""Images as a person looks through them: thumbnails with class and split."""

from typing import Any

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


def _small(images: NDArray[np.uint8]) -> Any:
    """Return images (n, h, w, c) at thumbnail size; those that are small enough as they are."""
    return images if max(images.shape[1:3]) <= SIDE else Shrunk(images)


class Shrunk:
    """Images made small when they are asked for, as an array gives them.

    Attributes:
        shape: (n, h, w, c) of the small ones.
    """

    def __init__(self, images: NDArray[np.uint8]) -> None:
        """Make images (n, h, w, c) of any size look small."""
        self._images = images
        count, height, width, channels = images.shape
        scale = SIDE / max(height, width)
        self.shape = (count, max(1, round(scale * height)), max(1, round(scale * width)), channels)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> NDArray[np.uint8]:
        """Return some of them, (m, h, w, c)."""
        found = np.asarray(self._images[rows])
        return np.stack([_shrunk(pixels, (self.shape[2], self.shape[1])) for pixels in found])


def _shrunk(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    found = np.asarray(image.resize(size, Image.Resampling.BOX))
    return found[..., None] if found.ndim == 2 else found
