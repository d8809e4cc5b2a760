"""The layer of the classes, solved for on features of images."""

from collections.abc import Sequence
from typing import Any

from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import pretrained_training
from saccade.tasks.classification import linear_head
from saccade.tasks.classification.linear_head import STRENGTHS, Labels, LinearHead, Vectors
from saccade.tasks.linear_head import Part, Rows
from saccade.tasks.pretrained_training import uses_middle
from saccade.tasks.solved_head import SolvedHead

MIDDLE_STRENGTHS = (10.0, 100.0, 1000.0)
"""Weight of the data, where the middle of a backbone is looked at: of its fewer features each may count more."""


def initialize(network: Any, recipe: Any, dataset: ImageDataset) -> None:
    """Solve for the layer of the classes of a pretrained network; whatever else is trained starts from there."""
    pretrained_training.initialize(network, recipe, dataset, head=HEAD)


def fit(
    train: Part, validation: Part, recipe: Any, dataset: ImageDataset, *, strengths: Sequence[float] = ()
) -> LinearHead:
    """Return the head that fits training images best, with the strength that does best on others.

    Args:
        train: features (n, d) and classes (n,).
        validation: likewise; chooses the strength when it has `ENOUGH` images.
        recipe: of the training.
        dataset: its data.
        strengths: to choose from; none: those for the features that the recipe says.
    """
    usual = MIDDLE_STRENGTHS if uses_middle(recipe) else STRENGTHS
    return linear_head.fit(
        train,
        validation,
        classes=len(dataset.classes),
        seed=recipe.seed,
        balanced=recipe.class_weights == "balanced",
        strengths=strengths or usual,
    )


def _labels(dataset: ImageDataset, rows: Rows) -> Labels:
    return dataset.labels[rows]


def _scores(outputs: Vectors, labels: Labels, recipe: Any) -> dict[str, float]:
    found = {"accuracy": linear_head.accuracy(outputs, labels), "loss": linear_head.loss(outputs, labels)}
    if recipe.class_weights == "balanced":  # chosen by it, as epochs are
        found["balanced_accuracy"] = linear_head.balanced_accuracy(outputs, labels)
    return found


HEAD = SolvedHead("predictions", targets=_labels, fit=fit, scores=_scores, cross_validated="cv_accuracy")
