"""What of the settings of images is worth a search: how they are moved, and how large they are."""

from typing import Any

from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.settings import ImageSettings

LEAST_SIDE = 64
"""Pixels below which images are not made smaller."""


def search_space(recipe: ImageSettings, dataset: ImageDataset) -> dict[str, Any]:
    """Return the settings and within what, as a recipe's `search` says it."""
    moved = {"augment.shift": [0.0, 0.15], "augment.zoom": [0.0, 0.25]}
    side = int(dataset.image_shape[0])
    if side < LEAST_SIDE:
        return moved
    return {**moved, "image_size": {"choices": [8 * round(side / 12), side]}}
