"""The layer of the classes of a network of a recipe, solved for on features of its images, and how good it is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification import linear_head
from saccade.tasks.classification.linear_head import STRENGTHS, LinearHead
from saccade.tasks.image_features import Placed


def solve(
    features: Placed, recipe: Any, dataset: ImageDataset, *, strengths: Sequence[float] = STRENGTHS
) -> LinearHead:
    """Return the head that fits training images best, with the strength that does best on others.

    Args:
        features: (d,) of each training and validation image, by row number.
        recipe: of a classifier.
        dataset: whose labels they have.
        strengths: to choose from.
    """
    train, validation = ((features[each], dataset.labels[each]) for each in map(dataset.rows, ("train", "validation")))
    return linear_head.fit(
        train,
        validation,
        classes=len(dataset.classes),
        seed=recipe.seed,
        balanced=recipe.class_weights == "balanced",
        strengths=strengths,
    )


def measured(head: LinearHead, features: Placed, dataset: ImageDataset) -> dict[str, float]:
    """Return accuracy and loss on training images, and where there are any, on those of validation: a history's row.

    With few validation images, "cv_accuracy" is that of training images that were left out in turn.
    """
    row = _scores(head, features, dataset, "train", "")
    if len(dataset.rows("validation")):
        row |= _scores(head, features, dataset, "validation", "val_")
    if len(dataset.rows("validation")) < linear_head.ENOUGH and head.cross_validated:
        row["cv_accuracy"] = head.cross_validated
    return row


def _scores(head: LinearHead, features: Placed, dataset: ImageDataset, split: str, prefix: str) -> dict[str, float]:
    rows = dataset.rows(split)
    answers, labels = head.answers(features[rows]), dataset.labels[rows]
    likely = answers[np.arange(len(rows)), labels]
    return {
        f"{prefix}accuracy": float((answers.argmax(axis=1) == labels).mean()),
        f"{prefix}loss": float(-np.log(np.maximum(likely, 1e-7)).mean()),
    }
