"""What training makes small: errors in standard deviations of the targets; the network answers in their unit."""

from typing import Any

import numpy as np

from saccade import models
from saccade.core.backend import Model, keras
from saccade.modalities.images import augmentation
from saccade.tasks.regression.measured_images import MeasuredImages
from saccade.tasks.regression.settings import RegressionRecipe
from saccade.training.mixup import Mixup
from saccade.training.objective import Objective

ops = keras.ops

SMALL_START = 0.01
"""Standard deviation of the first weights of the head: training starts near the mean."""

HEAD_LAYER = "standard_deviations"


def build_network(recipe: RegressionRecipe, dataset: MeasuredImages) -> Model:
    """Return a fresh network from raw pixels (n, h, w, c) to numbers (n, 1).

    Its last layer but one answers in standard deviations from the mean of the training images; the last one, without
    weights, brings that into the unit of the target, so that the saved network needs nothing beside it.
    """
    mean, spread = unit(dataset)
    return headed(recipe, dataset.image_shape, mean=mean, spread=spread)


def headed(recipe: RegressionRecipe, image_shape: tuple[int, int, int], *, mean: float, spread: float) -> Model:
    """Return a fresh network with a head for numbers of such a mean and standard deviation."""
    inputs, features = models.backbone(recipe.model.name, image_shape, recipe.model.options)
    start = keras.initializers.RandomNormal(stddev=SMALL_START)
    head = keras.layers.Dense(1, kernel_initializer=start, dtype="float32", name=HEAD_LAYER)
    answers = keras.layers.Rescaling(spread, offset=mean, dtype="float32", name="predictions")(head(features))
    return keras.Model(inputs, answers, name=recipe.model.name)


def unit(dataset: MeasuredImages) -> tuple[float, float]:
    """Return mean and standard deviation of the training targets."""
    targets = dataset.of("train")
    return float(targets.mean()), float(targets.std())


def small_errors(recipe: RegressionRecipe, dataset: MeasuredImages, network: object) -> Objective:
    """Return the objective: squared errors, and with "huber" absolute ones beyond a standard deviation (Huber 1964).

    A few wrong numbers in the data then pull less at the network than with squared errors alone.
    """
    _, spread = unit(dataset)
    values = dataset.values.astype(np.float32)[:, None]
    measure = keras.losses.huber if recipe.loss == "huber" else keras.losses.mean_squared_error

    def loss(targets: Any, outputs: Any) -> Any:
        return measure(targets / spread, outputs / spread)

    return Objective(
        encode=lambda labels: ops.take(ops.convert_to_tensor(values), labels, axis=0),
        loss=loss,
        metrics=lambda: [keras.metrics.MeanAbsoluteError(name="mae")],
        augmentation=augmentation.layers(recipe.augment, seed=recipe.seed),
        paired=Mixup(recipe.augment.mixup, seed=recipe.seed) if recipe.augment.mixup else None,
    )
