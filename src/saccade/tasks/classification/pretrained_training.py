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
from saccade.tasks.classification import linear_head
from saccade.tasks.classification.linear_head import LinearHead
from saccade.tasks.image_features import Features, Placed, features
from saccade.training.frozen_features import Cut

MODEL = "pretrained"
"""The architecture, a file of `models/`."""


def is_pretrained(recipe: Recipe) -> bool:
    """Say whether a recipe trains a pretrained network."""
    return recipe.model.name == MODEL


def initialize(network: Any, recipe: Recipe, dataset: ImageDataset) -> None:
    """Solve for the layer of the classes of a pretrained network; whatever else is trained starts from there."""
    if not is_pretrained(recipe):
        return
    head = _solve(recipe, dataset)
    network.get_layer("predictions").set_weights([head.kernel, head.bias])


def fitted_row(network: Any, recipe: Recipe, dataset: ImageDataset) -> Mapping[str, float] | None:
    """Return loss and accuracy of a network of which only the layer of the classes is trained, else None.

    With few validation images, "cv_accuracy" is that of training images that were left out in turn.
    """
    if not is_pretrained(recipe) or _option(recipe, "trained") != "head":
        return None
    placed = vectors_of(recipe, dataset)
    head = LinearHead(*network.get_layer("predictions").get_weights())
    row = _scores(head, placed, dataset, "train", "")
    if len(dataset.rows("validation")):
        row |= _scores(head, placed, dataset, "validation", "val_")
    if len(dataset.rows("validation")) < linear_head.ENOUGH and (known := _solve(recipe, dataset).cross_validated):
        row["cv_accuracy"] = known
    return row


def _solve(recipe: Recipe, dataset: ImageDataset) -> LinearHead:
    placed = vectors_of(recipe, dataset)
    train, validation = ((placed[each], dataset.labels[each]) for each in map(dataset.rows, ("train", "validation")))
    balanced = recipe.class_weights == "balanced"
    return linear_head.fit(train, validation, classes=len(dataset.classes), seed=recipe.seed, balanced=balanced)


def vectors_of(recipe: Recipe, dataset: ImageDataset) -> Placed:
    """Return the features of the images outside of the test split, by row number."""
    found, rows = _features(recipe, dataset)
    return _placed(found.vectors, rows, dataset)


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
    defaults = {"backbone": backbones.DEFAULT, "trained": "all"}
    return {**defaults, **recipe.model.options}[name]


def _scores(head: LinearHead, placed: Placed, dataset: ImageDataset, split: str, prefix: str) -> dict[str, float]:
    rows = dataset.rows(split)
    answers, labels = head.answers(placed[rows]), dataset.labels[rows]
    likely = answers[np.arange(len(rows)), labels]
    return {
        f"{prefix}accuracy": float((answers.argmax(axis=1) == labels).mean()),
        f"{prefix}loss": float(-np.log(np.maximum(likely, 1e-7)).mean()),
    }
