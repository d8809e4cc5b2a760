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
        metrics=lambda: [keras.metrics.CategoricalAccuracy(name="accuracy")],
        adjust=adjust,
        augmentation=augmentation.layers(recipe.augment, seed=recipe.seed),
        mixup=Mixup(recipe.augment.mixup, seed=recipe.seed) if recipe.augment.mixup else None,
    )


def balanced_weights(dataset: ImageDataset) -> NDArray[np.float32]:
    """Return n / (classes · n of the class), so that every class weighs the same in all (King and Zeng 2001)."""
    counts = np.bincount(dataset.labels[dataset.rows("train")], minlength=len(dataset.classes))
    weights: NDArray[np.float32] = (counts.sum() / (len(counts) * np.maximum(counts, 1))).astype(np.float32)
    return weights
