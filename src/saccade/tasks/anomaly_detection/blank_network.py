"""An autoencoder that nothing was learnt by, for looking at its layers."""

from typing import Any

from saccade.core import registry
from saccade.core.backend import Model
from saccade.core.errors import DataError, RecipeError
from saccade.core.shell_words import shell_word
from saccade.modalities.tables.schema import numbers_only
from saccade.models import autoencoders
from saccade.tasks import base
from saccade.tasks.anomaly_detection.network_choice import taken_by
from saccade.tasks.anomaly_detection.settings import AnomalyDetectionRecipe
from saccade.tasks.protocol import Sizes


def build(recipe: AnomalyDetectionRecipe, *, by_name: bool, sizes: Sizes) -> Model:
    """Return the network of a recipe, or of an autoencoder by name, without what is there for training only.

    Args:
        recipe: says which.
        by_name: whether it is for no data in particular.
        sizes: the shape of images, or how many columns a table has, all of them numbers; else those of the recipe's
            data.

    Raises:
        RecipeError: by name, and nobody says how wide the table is.
        DataError: the recipe's data are not there.
    """
    name, options = recipe.model.name, {} if by_name else recipe.model.options
    columns = sizes["columns"]
    inputs = numbers_only(columns) if columns else sizes["input_shape"] or _inputs(recipe, by_name=by_name)
    return autoencoders.shipped(autoencoders.build(name, inputs, options))


def _inputs(recipe: AnomalyDetectionRecipe, *, by_name: bool) -> Any:
    """Return the columns of the table, or the shape of the images, that a recipe looks for anomalies in."""
    if by_name:
        if taken_by(recipe.model.name) == "images":
            return (28, 28, 1)
        raise RecipeError(f"Say how wide the table is: saccade summary {shell_word(recipe.model.name)} --columns 29")
    if recipe.data in registry.names("data"):  # named data are images, whose shape is known without downloading
        height, width, channels = registry.load("data", recipe.data).IMAGE_SHAPE
        size = recipe.image_size
        return size or height, size or width, recipe.channels or channels
    try:
        _, data = base.prepare(recipe)
    except DataError as error:
        raise DataError(f"{error} Or say how wide a table is: --columns 29; or images: --input 28x28x1.") from error
    return data.schema if data.modality == "tables" else data.image_shape
