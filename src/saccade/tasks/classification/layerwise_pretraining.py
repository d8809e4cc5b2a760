"""Pretraining: the layers of a network that offers it are trained one by one, without labels, before all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.recipe import Recipe
from saccade.core.spaced_rows import spaced
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.objective import cross_entropy
from saccade.tasks.classification.settings import ClassificationRecipe
from saccade.tasks.image_features import Placed
from saccade.training.objective import Objective
from saccade.training.stage import Stage

ops = keras.ops

LAYER = "layer_"
"""How the stage of a hidden layer is called, with its number behind."""

MOST_LOOKED_AT = 10_000
"""Training images of which the means of units are taken."""

CLASSIFIER_LEARNING_RATE = 0.03
"""Adam's peak: pretrained units vary little from image to image, so that the weights behind them must become large."""

WHOLE: dict[str, Any] = {"steps": None, "budget": None, "early_stopping": None, "ema": 0}
"""Settings that concern the training of the whole network."""


def stages(network: Any, recipe: ClassificationRecipe, dataset: ImageDataset) -> Iterator[Stage]:
    """Yield a stage for each layer that the architecture's `pretraining` gives; none where it has no such."""
    architecture = registry.load("models", recipe.model.name)
    if not hasattr(architecture, "pretraining") or not recipe.pretraining.epochs:
        return
    rows = dataset.rows("train")
    some = spaced(rows, MOST_LOOKED_AT)
    parts = architecture.pretraining(network, dataset.images[some], k=recipe.pretraining.k, seed=recipe.seed)
    for number, (about, part) in enumerate(parts, start=1):
        yield Stage(f"{LAYER}{number}", about, _settings(recipe), part, _objective())
    if recipe.pretraining.classifier_epochs and not trains_head_alone(recipe):
        with _only_last_trainable(network):
            about = "the classifier on these layers, by labels"
            yield Stage("classifier", about, _for_classifier(recipe), network, cross_entropy(recipe, dataset, network))


def trains_head_alone(recipe: Recipe) -> bool:
    """Say whether labels train only the classifier of a network whose layers are trained one by one."""
    own = recipe.model
    return hasattr(registry.load("models", own.name), "pretraining") and own.options.get("trained") == "head"


def highest_features(network: Any, dataset: ImageDataset) -> Placed:
    """Return what goes into the classifier for the images outside of the test split, by row number, float32."""
    rows = np.flatnonzero(np.isin(dataset.splits, ("train", "validation")))
    part = keras.Model(network.inputs, network.get_layer("predictions").input)
    found = part.predict(dataset.images[rows], batch_size=256, verbose=0)
    return Placed(np.asarray(found, np.float32), rows, len(dataset))


def _settings(recipe: ClassificationRecipe) -> ClassificationRecipe:
    own = recipe.pretraining.model_dump(exclude={"k", "classifier_epochs"})
    return recipe.changed(**own, **WHOLE, optimizer="sgd", nesterov=False, l1=0, l2=0)


def _for_classifier(recipe: ClassificationRecipe) -> ClassificationRecipe:
    epochs, rate = recipe.pretraining.classifier_epochs, CLASSIFIER_LEARNING_RATE
    return recipe.changed(**WHOLE, epochs=epochs, learning_rate=rate, optimizer="adam", schedule="one_cycle")


@contextmanager
def _only_last_trainable(network: Any) -> Iterator[None]:
    layers = [layer for layer in network.layers if layer.trainable_weights][:-1]
    for layer in layers:
        layer.trainable = False
    try:
        yield
    finally:
        for layer in layers:
            layer.trainable = True


def _objective() -> Objective:
    """Return the objective on what `pretraining` gives of each image: divergence, reconstruction error, free energy."""
    return Objective(
        encode=lambda labels: ops.zeros(ops.shape(labels)[:1]),  # nobody's: there are no targets
        loss=lambda _, found: found[:, 0],
        metrics=lambda: [_mean("reconstruction_error", 1), _mean("free_energy", 2)],
    )


def _mean(name: str, column: int) -> Any:
    return keras.metrics.MeanMetricWrapper(lambda _, found: found[:, column], name=name)
