"""Networks of which labels train the last layer alone: it is solved for, and nothing is left to train by epochs."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from saccade.core.recipe import Recipe
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import pretrained_training
from saccade.tasks.classification import layerwise_pretraining
from saccade.tasks.classification.solved_head import HEAD, fit

STRENGTHS = (10.0, 30.0, 100.0, 300.0, 1000.0)
"""Weight of the data, on units that vary little from image to image, as those of Boltzmann machines do."""


def fitted_row(network: Any, recipe: Recipe, dataset: ImageDataset) -> Mapping[str, float] | None:
    """Return loss and accuracy of a network whose last layer alone is trained, and solved for; None of another."""
    if not layerwise_pretraining.trains_head_alone(recipe):
        return pretrained_training.fitted_row(network, recipe, dataset, head=HEAD)
    features = layerwise_pretraining.highest_features(network, dataset)
    solvable = replace(HEAD, fit=partial(fit, strengths=STRENGTHS))
    head = solvable.solve(features, recipe, dataset)
    network.get_layer(HEAD.layer).set_weights([head.kernel, head.bias])
    return solvable.measured(head, features, recipe, dataset)
