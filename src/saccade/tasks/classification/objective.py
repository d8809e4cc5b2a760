"""What training makes small: cross-entropy, with label smoothing and class weights in training only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade import models
from saccade.core.backend import keras
from saccade.modalities.images import augmentation
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.settings import ClassificationRecipe
from saccade.training.mixup import Mixup
from saccade.training.objective import Objective

ops = keras.ops


def build_network(recipe: ClassificationRecipe, dataset: ImageDataset) -> Any:
    """Return a fresh network from raw pixels (n, h, w, c) to probabilities (n, classes)."""
    return models.build(recipe.model.name, dataset.image_shape, len(dataset.classes), recipe.model.options)


def cross_entropy(recipe: ClassificationRecipe, dataset: ImageDataset, network: object) -> Objective:
    """Return the objective on one-hot targets, (n, classes) float32."""
    classes = len(dataset.classes)
    weights = balanced_weights(dataset) if recipe.class_weights == "balanced" else None

    def adjust(targets: Any, labels: Any) -> tuple[Any, Any]:
        smooth = targets * (1 - recipe.label_smoothing) + recipe.label_smoothing / classes
        return smooth, None if weights is None else ops.take(ops.convert_to_tensor(weights), labels)

    return Objective(
        encode=lambda labels: ops.one_hot(labels, classes, dtype="float32"),
        loss=keras.losses.CategoricalCrossentropy(name="loss"),
        metrics=lambda: [
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            *([] if weights is None else [BalancedAccuracy(classes)]),
        ],
        # of rare classes that are to count, plain accuracy would choose the epoch that forgets them
        monitor=None if weights is None else "val_balanced_accuracy",
        adjust=adjust,
        augmentation=augmentation.layers(recipe.augment, seed=recipe.seed),
        paired=Mixup(recipe.augment.mixup, seed=recipe.seed) if recipe.augment.mixup else None,
    )


class BalancedAccuracy(keras.metrics.Metric):
    """The mean over the classes of the part of their images that is answered right."""

    def __init__(self, classes: int) -> None:
        super().__init__(name="balanced_accuracy")
        self.right, self.count = (
            self.add_variable((classes,), initializer="zeros", name=name) for name in ("right", "count")
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch of one-hot targets (n, k) and answers (n, k)."""
        del sample_weight  # every image counts once
        hit = ops.cast(ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1)), "float32")
        truth = ops.cast(y_true, "float32")
        self.right.assign(self.right + ops.sum(truth * hit[:, None], axis=0))
        self.count.assign(self.count + ops.sum(truth, axis=0))

    def result(self) -> Any:
        """Return the mean recall of the classes that were seen, 0 to 1."""
        seen = ops.cast(self.count > 0, "float32")
        return ops.sum(self.right / ops.maximum(self.count, 1)) / ops.maximum(ops.sum(seen), 1)


def balanced_weights(dataset: ImageDataset) -> NDArray[np.float32]:
    """Return n / (classes · n of the class), so that every class weighs the same in all (King and Zeng 2001)."""
    counts = np.bincount(dataset.labels[dataset.rows("train")], minlength=len(dataset.classes))
    weights: NDArray[np.float32] = (counts.sum() / (len(counts) * np.maximum(counts, 1))).astype(np.float32)
    return weights
