"""What training makes small: Huber's loss in standard deviations of the targets; the network answers in their unit."""

from typing import Any

import numpy as np

from saccade import models
from saccade.core.backend import keras
from saccade.core.recipe import Recipe
from saccade.tasks.regression.measured_images import MeasuredImages
from saccade.training.objective import Objective

ops = keras.ops

SMALL_START = 0.01
"""Standard deviation of the first weights of the head: training starts near the mean."""


def build_network(recipe: Recipe, dataset: MeasuredImages) -> Any:
    """Return a fresh network from raw pixels (n, h, w, c) to numbers (n, 1).

    Its last layer but one answers in standard deviations from the mean of the training images; the last one, without
    weights, brings that into the unit of the target, so that the saved network needs nothing beside it.
    """
    inputs, features = models.backbone(recipe.model.name, dataset.image_shape, recipe.model.options)
    mean, spread = unit(dataset)
    start = keras.initializers.RandomNormal(stddev=SMALL_START)
    head = keras.layers.Dense(1, kernel_initializer=start, dtype="float32", name="standard_deviations")
    answers = keras.layers.Rescaling(spread, offset=mean, dtype="float32", name="predictions")(head(features))
    return keras.Model(inputs, answers, name=recipe.model.name)


def unit(dataset: MeasuredImages) -> tuple[float, float]:
    """Return mean and standard deviation of the training targets."""
    targets = dataset.of("train")
    return float(targets.mean()), float(targets.std())


def huber(dataset: MeasuredImages) -> Objective:
    """Return the objective: squared errors up to one standard deviation, absolute ones beyond (Huber 1964).

    A few wrong numbers in the data then pull less at the network than with squared errors alone.
    """
    _, spread = unit(dataset)
    values = dataset.values.astype(np.float32)[:, None]

    def loss(targets: Any, outputs: Any) -> Any:
        return keras.losses.huber(targets / spread, outputs / spread)

    return Objective(
        encode=lambda labels: ops.take(ops.convert_to_tensor(values), labels, axis=0),
        loss=loss,
        metrics=lambda: [keras.metrics.MeanAbsoluteError(name="mae")],
    )
