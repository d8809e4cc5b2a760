"""The layer of the classes, solved for on features of images."""

from collections.abc import Sequence
from typing import Any

from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import pretrained_training
from saccade.tasks.classification import linear_head
from saccade.tasks.classification.linear_head import STRENGTHS, Labels, LinearHead, Vectors
from saccade.tasks.linear_head import Part, Rows
from saccade.tasks.solved_head import SolvedHead


def initialize(network: Any, recipe: Any, dataset: ImageDataset) -> None:
    """Solve for the layer of the classes of a pretrained network; whatever else is trained starts from there."""
    pretrained_training.initialize(network, recipe, dataset, head=HEAD)


def fit(
    train: Part, validation: Part, recipe: Any, dataset: ImageDataset, *, strengths: Sequence[float] = STRENGTHS
) -> LinearHead:
    """Return the head that fits training images best, with the strength that does best on others."""
    return linear_head.fit(
        train,
        validation,
        classes=len(dataset.classes),
        seed=recipe.seed,
        balanced=recipe.class_weights == "balanced",
        strengths=strengths,
    )


def _labels(dataset: ImageDataset, rows: Rows) -> Labels:
    return dataset.labels[rows]


def _scores(outputs: Vectors, labels: Labels, recipe: Any) -> dict[str, float]:
    del recipe
    return {"accuracy": linear_head.accuracy(outputs, labels), "loss": linear_head.loss(outputs, labels)}


HEAD = SolvedHead("predictions", targets=_labels, fit=fit, scores=_scores, cross_validated="cv_accuracy")
