"""What of a classifier's settings is worth a search, beside those that every task has."""

from typing import Any

from saccade.modalities.images import search_space as of_images
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.settings import ClassificationRecipe


def search_space(recipe: ClassificationRecipe, dataset: ImageDataset) -> dict[str, Any]:
    """Return the settings and within what, as a recipe's `search` says it."""
    return {**of_images.search_space(recipe, dataset), "label_smoothing": [0.0, 0.2], "augment.cutout": [0.0, 0.4]}
