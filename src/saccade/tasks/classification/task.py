"""Say which one of several classes an image shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade import models
from saccade.core.backend import Precision, keras
from saccade.modalities.images.dataset import ImageDataset

if TYPE_CHECKING:  # read with a package that a machine which only predicts does not have
    from saccade.core.recipe import Recipe

MONITOR = "val_accuracy"
"""The metric by which the best epoch is chosen; larger is better."""

MONITOR_MODE = "max"

PRECISION: Precision = "auto"
"""What "auto" means: no accuracy was lost in bfloat16."""


@dataclass(frozen=True)
class Prediction:
    """The answer for one image.

    Attributes:
        label: the most probable class.
        probability: its probability, 0 to 1.
        probabilities: of every class, by name; they sum to 1.
        decided: False where the network had better not answer: `label` is then its best guess only.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    decided: bool = True


def network(recipe: "Recipe", dataset: ImageDataset) -> Any:
    """Return a fresh network from raw pixels (n, h, w, c) to probabilities (n, classes)."""
    return models.build(recipe.model.name, dataset.image_shape, len(dataset.classes), recipe.model.options)


def encode(labels: Any, units: int) -> Any:
    """Return one-hot targets, (n, units) float32, from labels (n,)."""
    return keras.ops.one_hot(labels, units, dtype="float32")


def loss() -> Any:
    """Return the loss between encoded targets and probabilities, both (n, units)."""
    return keras.losses.CategoricalCrossentropy(name="loss")


def metrics() -> list[Any]:
    """Return fresh Keras metrics of encoded targets and outputs."""
    return [keras.metrics.CategoricalAccuracy(name="accuracy")]


def penalty(recipe: "Recipe", network: Any) -> None:
    """Return None: nothing is added to the loss."""


def predictions(
    probabilities: NDArray[np.float32], classes: tuple[str, ...], *, threshold: float = 0
) -> list[Prediction]:
    """Return what the network's outputs, (n, units), say; undecided where the best of them is below the threshold."""
    best = probabilities.argmax(axis=1)
    return [
        Prediction(
            classes[top], float(row[top]), dict(zip(classes, row.tolist(), strict=True)), bool(row[top] >= threshold)
        )
        for row, top in zip(probabilities, best, strict=True)
    ]
