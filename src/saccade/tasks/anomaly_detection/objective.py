"""What training makes small: what is left between an input and its copy, summed to a score."""

from collections.abc import Callable
from functools import partial
from typing import Any

from saccade.core import registry
from saccade.core.backend import Model, keras
from saccade.modalities.images import augmentation
from saccade.modalities.tables.table import Table
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.settings import AnomalyDetectionRecipe
from saccade.training.objective import Objective

ops = keras.ops


def build_network(recipe: AnomalyDetectionRecipe, dataset: Table | OneClassImages) -> Model:
    """Return a fresh network from raw columns (n, d), or pixels, to what each contributes to the score."""
    inputs = dataset.schema if isinstance(dataset, Table) else dataset.image_shape
    return autoencoders.build(recipe.model.name, inputs, recipe.model.options)


def contributions(recipe: AnomalyDetectionRecipe, dataset: object, network: Model) -> Objective:
    """Return the objective on targets of zero: nothing of a normal row or image adds anything to its score."""
    units = network.output_shape[-1]
    return Objective(
        encode=lambda labels: ops.zeros((ops.shape(labels)[0], units), "float32"),
        loss=mean_score,
        adjust=lambda targets, labels: (targets, None),
        penalty=_penalty(recipe, network),
        augmentation=augmentation.layers(recipe.augment, seed=recipe.seed),
    )


def mean_score(targets: Any, contributions: Any) -> Any:
    """Return the score of each row (n,) from contributions (n, d) or (n, h, w); the targets are all zero."""
    del targets
    return ops.sum(contributions, axis=tuple(range(1, len(contributions.shape))))


def _penalty(recipe: AnomalyDetectionRecipe, network: Model) -> Callable[[Any], Any] | None:
    """Return what the architecture adds to the loss of raw columns (n, d), or None."""
    architecture = registry.load("autoencoders", recipe.model.name)
    if not hasattr(architecture, "penalty"):
        return None
    featurizer, core = autoencoders.featurizer(network), network.get_layer(autoencoders.CORE)
    penalty = partial(architecture.penalty, core, **recipe.model.options)
    return lambda columns: penalty(featurizer(columns))
