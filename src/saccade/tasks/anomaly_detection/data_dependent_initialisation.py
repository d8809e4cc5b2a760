"""What a network is told of its training rows outside of the steps: before the first and after the last."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.backend import Model
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.inference import load_model, probabilities
from saccade.modalities.tables.table import Table
from saccade.models import autoencoders
from saccade.tasks.protocol import FirstInputs

MOST_ROWS = 100_000
"""More rows than these tell nothing more of what is usual."""


def first_rows(network: Model, recipe: Recipe, table: Table) -> FirstInputs:
    """Return standardised training rows for the autoencoder in a network, before the first step."""
    features = _features(network, table)
    options = {"seed": recipe.seed, **recipe.model.options}
    return FirstInputs(network.get_layer(autoencoders.CORE), features, np.arange(len(features)), options)


def finish(run: Run, table: Table) -> None:
    """Set the weights that can only be known after the last step, if the architecture has any, in the run's file."""
    architecture = _architecture(run.recipe)
    if hasattr(architecture, "finish"):
        network = load_model(run)
        architecture.finish(network.get_layer(autoencoders.CORE), _features(network, table))
        run.save_model(network.save)


def _architecture(recipe: Recipe) -> Any:
    return registry.load("autoencoders", recipe.model.name)


def _features(network: Model, table: Table) -> NDArray[np.float32]:
    """Return standardised training rows (m, width), at most `MOST_ROWS`."""
    rows = table.rows("train")
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    return probabilities(autoencoders.featurizer(network), table.values, rows=rows)
