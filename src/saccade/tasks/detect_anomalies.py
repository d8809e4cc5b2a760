"""Say how strange a row of a table is, and which of its columns make it so."""

from collections.abc import Callable
from typing import Any

from saccade import autoencoders, registry
from saccade.backend import Precision, keras
from saccade.data.table import Table
from saccade.recipe import Recipe

MONITOR = "val_loss"
"""The mean score of validation rows, which are normal; smaller is better."""

MONITOR_MODE = "min"

PRECISION: Precision = "float32"
"""What "auto" means: errors of well rebuilt rows are smaller than what bfloat16 rounds away."""


def network(recipe: Recipe, table: Table) -> Any:
    """Return a fresh network from raw columns (n, d) to each one's contribution to the score, (n, d)."""
    return autoencoders.build(recipe.model.name, table.schema, recipe.model.options)


def encode(labels: Any, units: int) -> Any:
    """Return targets, (n, units) float32: no column of a normal row adds anything."""
    return keras.ops.zeros((keras.ops.shape(labels)[0], units), "float32")


def loss() -> Any:
    """Return the loss between targets and contributions, both (n, d): the mean score."""
    return mean_score


def mean_score(targets: Any, contributions: Any) -> Any:
    """Return the score of each row, (n,)."""
    return keras.ops.sum(contributions - targets, axis=-1)


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
