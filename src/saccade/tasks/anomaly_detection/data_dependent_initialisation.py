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
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

MOST_ROWS = 100_000
"""More rows than these tell nothing more of what is usual."""


def initialize(network: Model, recipe: Recipe, table: Table) -> None:
    """Set the weights that an architecture takes from training rows, if it has any; before the first step."""
    architecture = _architecture(recipe)
    if hasattr(architecture, "initialize"):
        core = network.get_layer(autoencoders.CORE)
        architecture.initialize(core, _features(network, table), seed=recipe.seed)


def initialize_from_images(network: Any, recipe: Recipe, images: OneClassImages) -> None:
    """Tell a network what normal training images look like, if it is to be told; before the first step, if any."""
    architecture = _architecture(recipe)
    if hasattr(architecture, "initialize"):
        rows, options = images.rows("train"), recipe.model.options
        architecture.initialize(network, images.images, rows, seed=recipe.seed, **options)


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
