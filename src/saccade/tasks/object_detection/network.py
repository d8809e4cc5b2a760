"""The detector: a feature pyramid with a head on it."""

from collections.abc import Mapping
from typing import Any

from saccade.core.backend import Model, keras
from saccade.core.errors import RecipeError
from saccade.models import pyramids
from saccade.tasks.object_detection import center_head
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.settings import DetectionRecipe
from saccade.tasks.protocol import Sizes

MULTIPLE = 32
"""Sides of images are multiples of it: maps are halved five times and joined again."""

LEAST_SIDE = 64
"""Smaller images have fewer cells than the boxes that a network answers with."""


def build_network(recipe: DetectionRecipe, dataset: ObjectImages) -> Model:
    """Return a fresh network from raw pixels (n, h, w, c) to maps (n, h/4, w/4, classes + 4), as `center_head` says."""
    return headed(recipe, dataset.image_shape, len(dataset.objects))


def build_blank(recipe: DetectionRecipe, *, by_name: bool, sizes: Sizes) -> Model:
    """Return a network that nothing was learnt by, for looking at its layers."""
    return headed(recipe, sizes["input_shape"] or (256, 256, 3), max(1, sizes["outputs"]))


def headed(recipe: DetectionRecipe, image_shape: tuple[int, int, int], classes: int) -> Model:
    """Return a fresh network for images of a shape and so many classes; raises RecipeError where it cannot be."""
    height, width, _ = image_shape
    if height % MULTIPLE or width % MULTIPLE or min(height, width) < LEAST_SIDE:
        raise RecipeError(
            f"A detector needs images whose sides are multiples of {MULTIPLE}, from {LEAST_SIDE} on; found "
            f"{height}×{width}. Try --image-size {max(LEAST_SIDE, round(height / MULTIPLE) * MULTIPLE)}."
        )
    name, options = recipe.model.name, recipe.model.options
    pyramid = pyramids.build(name, image_shape, options)
    return keras.Model(pyramid.input, center_head.add(pyramid.output, classes), name=name)


def initialize(network: Any, recipe: DetectionRecipe, dataset: ObjectImages) -> None:
    """Put known weights into the pyramid, where it has such."""
    del dataset
    options: Mapping[str, Any] = recipe.model.options
    pyramids.load(recipe.model.name, network, options)
