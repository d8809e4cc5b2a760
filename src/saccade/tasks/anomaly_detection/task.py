"""Say how strange a row of a table or an image is, and which columns or pixels make it so."""

from collections.abc import Callable
from typing import Any

from saccade.core import registry
from saccade.core.backend import Precision, keras
from saccade.core.recipe import Recipe
from saccade.modalities.tables.table import Table
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

MONITOR = "val_loss"
"""The mean score of the validation split, whose rows are normal; smaller is better."""

MONITOR_MODE = "min"

PRECISION: Precision = "float32"
"""What "auto" means: errors of well rebuilt rows are smaller than what bfloat16 rounds away."""


def network(recipe: Recipe, data: Table | OneClassImages) -> Any:
    """Return a fresh network from raw columns (n, d), or pixels, to what each contributes to the score."""
    inputs = data.schema if isinstance(data, Table) else data.image_shape
    return autoencoders.build(recipe.model.name, inputs, recipe.model.options)


def shipped(network: Any) -> Any:
    """Return the network that answers, made of the layers of the trained one."""
    return autoencoders.shipped(network)


def encode(labels: Any, units: int) -> Any:
    """Return targets, (n, units) float32: nothing of a normal row or image adds anything."""
    return keras.ops.zeros((keras.ops.shape(labels)[0], units), "float32")


def loss() -> Any:
    """Return the loss between targets and contributions: the mean score."""
    return mean_score


def mean_score(targets: Any, contributions: Any) -> Any:
    """Return the score of each row (n,) from contributions (n, d) or (n, h, w); the targets are all zero."""
    del targets
    return keras.ops.sum(contributions, axis=tuple(range(1, len(contributions.shape))))


def metrics() -> list[Any]:
    """Return fresh Keras metrics: none, the loss says it all."""
    return []


def penalty(recipe: Recipe, network: Any) -> Callable[[Any], Any] | None:
    """Return what training adds to the loss of raw columns (n, d), or None when the architecture adds nothing."""
    architecture = registry.load("autoencoders", recipe.model.name)
    if not hasattr(architecture, "penalty"):
        return None
    featurizer, core = autoencoders.featurizer(network), network.get_layer(autoencoders.CORE)
    return lambda columns: architecture.penalty(core, featurizer(columns), **recipe.model.options)
