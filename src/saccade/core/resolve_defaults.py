"""Settings that a recipe leaves open until the data are known."""

import math
from pathlib import Path

from saccade.core import registry
from saccade.core.dataset import Dataset
from saccade.core.recipe import Recipe

LEAST_STEPS = 200
"""Thirty passes over 60 images in batches of 64 are thirty steps, and that is not a training."""


def epochs(recipe: Recipe, dataset: Dataset) -> int:
    """Return the recipe's passes, or else enough to see 300,000 images, in 5 to 30 passes, more for few images.

    Measured with `quick`: 50,000 CIFAR-10 images are learnt in 6 passes, 600 leaf photos in 30.
    """
    if recipe.epochs:
        return recipe.epochs
    rows = len(dataset.rows("train"))
    by_images = min(30, max(5, round(300_000 / rows)))
    return max(by_images, math.ceil(LEAST_STEPS / math.ceil(rows / recipe.batch_size)))


def lasting(data: str) -> str:
    """Return a name as it is and a path in full, so that the run can be resumed from any folder."""
    return data if data in registry.names("data") else str(Path(data).expanduser().resolve())
