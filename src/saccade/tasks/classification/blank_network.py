"""A classifier that nothing was learnt by, for looking at its layers."""

from typing import Any

from saccade import models
from saccade.core import registry
from saccade.tasks.classification import preparation
from saccade.tasks.classification.settings import ClassificationRecipe

Shape = tuple[int, int, int]


def build(recipe: ClassificationRecipe, *, by_name: bool, input_shape: Shape | None, outputs: int) -> Any:
    """Return the network of a recipe, or of a model by name.

    Args:
        recipe: says which.
        by_name: whether it is for no data in particular.
        input_shape: (height, width, channels); None: of the recipe's data, or (28, 28, 1).
        outputs: number of classes of a model by name.
    """
    if by_name:
        return models.build(recipe.model.name, input_shape or (28, 28, 1), outputs, {})
    shape, classes = _shape_and_classes(recipe)
    return models.build(recipe.model.name, input_shape or shape, classes, recipe.model.options)


def _shape_and_classes(recipe: ClassificationRecipe) -> tuple[Shape, int]:
    if recipe.data not in registry.names("data"):
        _, dataset = preparation.prepare(recipe)
        return dataset.image_shape, len(dataset.classes)
    named = registry.load("data", recipe.data)  # known without downloading anything
    height, width, channels = named.IMAGE_SHAPE
    size = recipe.image_size
    return (size or height, size or width, recipe.channels or channels), len(named.CLASSES)
