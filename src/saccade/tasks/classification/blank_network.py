"""A classifier that nothing was learnt by, for looking at its layers."""

from saccade import models
from saccade.core import registry
from saccade.core.backend import Model
from saccade.tasks.classification import preparation
from saccade.tasks.classification.settings import ClassificationRecipe
from saccade.tasks.protocol import Shape, Sizes


def build(recipe: ClassificationRecipe, *, by_name: bool, sizes: Sizes) -> Model:
    """Return the network of a recipe, or of a model by name.

    Args:
        recipe: says which.
        by_name: whether it is for no data in particular.
        sizes: the shape, else that of the recipe's data, or (28, 28, 1); the number of classes of a model by name.
    """
    input_shape = sizes["input_shape"]
    if by_name:
        return models.build(recipe.model.name, input_shape or (28, 28, 1), sizes["outputs"], {})
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
