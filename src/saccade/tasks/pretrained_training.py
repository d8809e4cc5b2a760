"""How a pretrained network is trained: its last layer on cached features, or its last part on cached maps."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.recipe import Recipe
from saccade.modalities.images.audit import MOST_COMPARED
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.settings import Augment
from saccade.models import backbones
from saccade.tasks.image_features import Features, Placed, features
from saccade.tasks.linear_head import ENOUGH, LinearHead
from saccade.tasks.solved_head import SolvedHead
from saccade.training.frozen_features import Cut

MODEL = "pretrained"
"""The architecture, a file of `models/`."""


def is_pretrained(recipe: Recipe) -> bool:
    """Say whether a recipe trains a pretrained network."""
    return recipe.model.name == MODEL


def initialize(network: Any, recipe: Recipe, dataset: ImageDataset, *, head: SolvedHead) -> None:
    """Solve for the last layer of a pretrained network; whatever else is trained starts from there."""
    if not is_pretrained(recipe):
        return
    found = head.solve(vectors_of(recipe, dataset), recipe, dataset)
    network.get_layer(head.layer).set_weights([found.kernel, found.bias])


def trains_head_alone(recipe: Recipe) -> bool:
    """Say whether only the last layer of a pretrained network is trained."""
    return is_pretrained(recipe) and _option(recipe, "trained") == "head"


def uses_middle(recipe: Recipe) -> bool:
    """Say whether the last layer of a pretrained network gets the middle of its backbone.

    Raises:
        RecipeError: it should, but of this backbone no such layers are known.
    """
    asked = is_pretrained(recipe) and _option(recipe, "features") == "middle"
    return asked and bool(backbones.middle_layers(_backbone(recipe)))


def fitted_row(network: Any, recipe: Recipe, dataset: ImageDataset, *, head: SolvedHead) -> Mapping[str, float] | None:
    """Return how good a last layer is that was solved for before the first step; None where more is trained."""
    if not trains_head_alone(recipe):
        return None
    features = vectors_of(recipe, dataset)
    if len(dataset.rows("validation")) < ENOUGH:  # once more, for what cross-validation found
        found = head.solve(features, recipe, dataset)
    else:
        found = LinearHead(*network.get_layer(head.layer).get_weights())
    return head.measured(found, features, recipe, dataset)


def vectors_of(recipe: Recipe, dataset: ImageDataset) -> Placed:
    """Return the features of the images outside of the test split, by row number: those that the last layer gets."""
    wants_middle = uses_middle(recipe)  # before anything is looked at
    found, rows = _features(recipe, dataset)
    return _placed(found.middle if wants_middle else found.vectors, rows, dataset)


def cut(network: Any, recipe: Recipe, dataset: ImageDataset) -> Cut | None:
    """Return what follows the frozen layers, and the maps that go into it.

    None where all or one layer is trained, and where images are changed at random: then no map can be kept.
    """
    if not is_pretrained(recipe) or _option(recipe, "trained") != "last" or recipe.augment != Augment():
        return None
    known = backbones.described(_option(recipe, "backbone"))
    found, rows = _features(recipe, dataset)
    tail = registry.load("models", MODEL).tail(network, backbone=known.name)
    return Cut(tail, _placed(found.maps[known.frozen], rows, dataset))


def look_alike_vectors(recipe: Recipe, dataset: ImageDataset, *, quiet: bool = False) -> NDArray[np.float16] | None:
    """Return the features of all images (n, d), by which duplicates are found, where training uses them as well.

    No label of the test split is looked at, nor does anything of its images get into training.
    """
    return _features(recipe, dataset, quiet=quiet)[0].vectors if _sees_all(recipe, dataset) else None


def _sees_all(recipe: Recipe, dataset: ImageDataset) -> bool:
    pretrained = recipe.pretrained != "false" or is_pretrained(recipe)
    return pretrained and len(dataset) <= MOST_COMPARED


def _features(recipe: Recipe, dataset: ImageDataset, *, quiet: bool = False) -> tuple[Features, NDArray[np.int64]]:
    """Return the features of images with their maps before the last part, and which images these are.

    All are looked at where duplicates are found by their features, else those outside of the test split. Those that are
    left out are among them: then all folds of one search use the same.
    """
    known = backbones.described(_backbone(recipe))
    rows = np.arange(len(dataset)) if _sees_all(recipe, dataset) else np.flatnonzero(dataset.splits != "test")
    return features(dataset.images, rows=rows, backbone=known.name, layers=(known.frozen,), quiet=quiet), rows


def _placed(found: NDArray[np.float16], rows: NDArray[np.int64], dataset: ImageDataset) -> Placed:
    """Return features by row number; those of the test split cannot be asked for."""
    open_rows = dataset.splits[rows] != "test"
    return Placed(found, rows[open_rows], len(dataset), at=np.flatnonzero(open_rows))


def _backbone(recipe: Recipe) -> str:
    return str(_option(recipe, "backbone")) if is_pretrained(recipe) else recipe.backbone


def _option(recipe: Recipe, name: str) -> Any:
    defaults = {"backbone": backbones.DEFAULT, "trained": "all", "features": "last"}
    return {**defaults, **recipe.model.options}[name]
