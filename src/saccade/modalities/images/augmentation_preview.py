"""What the random changes of training make of a few images, as a sheet to be looked at."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.augmentation import layers
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.settings import Augment

TRIED: dict[str, Any] = {"flip": "horizontal", "rotate": 15.0, "colour": 0.3}
"""What "auto" stands for here; training uses each only where a trial shows that labels survive it."""

IMAGES, DRAWS, GAP = 6, 7, 4


def sheet(dataset: ImageDataset, augment: Augment, *, seed: int = 0) -> NDArray[np.uint8] | None:
    """Return a sheet (h, w, c), uint8: a line an image of training, as it is and then changed at random.

    None where the recipe changes nothing. Keras is loaded. Images of the test split are left out.

    Args:
        dataset: the images, in splits or not.
        augment: of the recipe.
        seed: of the choice and of the changes.
    """
    settled = {name: TRIED[name] if value == "auto" else value for name, value in augment.model_dump().items()}
    made = layers(Augment(**settled), seed=seed)
    if not made:
        return None
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(np.flatnonzero(dataset.splits != "test"))[:IMAGES])
    images = np.asarray(dataset.images[rows])
    drawn = [_changed(images, made) for _ in range(DRAWS)]
    return _laid_out(np.stack([images, *drawn], axis=1))


def _changed(images: NDArray[np.uint8], by: list[Any]) -> NDArray[np.uint8]:
    changed: Any = images
    for layer in by:
        changed = layer(changed, training=True)
    pixels: NDArray[np.uint8] = np.clip(np.asarray(changed), 0, 255).astype(np.uint8)
    return pixels


def _laid_out(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return tiles (lines, columns, h, w, c) beside and below each other on white."""
    lines, columns, height, width, channels = tiles.shape
    sheet = np.full((lines * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    for line in range(lines):
        for column in range(columns):
            top, left = line * (height + GAP), column * (width + GAP)
            sheet[top : top + height, left : left + width] = tiles[line, column]
    return sheet
