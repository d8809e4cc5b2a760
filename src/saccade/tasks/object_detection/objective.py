"""What training makes small, on targets (n, k, 6): class, left, top, right, bottom, ignored."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model, keras
from saccade.modalities.images import augmentation
from saccade.tasks.object_detection.average_precision import COCO, HALF, AveragePrecision
from saccade.tasks.object_detection.box_augmentation import BoxAugmentation
from saccade.tasks.object_detection.center_loss import losses
from saccade.tasks.object_detection.gaussian_assigner import assign
from saccade.tasks.object_detection.object_images import PADDING, ObjectImages
from saccade.tasks.object_detection.placement import to_network
from saccade.tasks.object_detection.settings import DetectionRecipe
from saccade.training.objective import Objective

ops = keras.ops


def heat_maps_and_boxes(recipe: DetectionRecipe, dataset: ObjectImages, network: Model) -> Objective:
    """Return the objective of an object detector."""
    height, width = network.output.shape[1:3]
    classes = len(dataset.objects)
    table = ops.convert_to_tensor(_table(dataset, recipe))
    moving = recipe.augment.model_copy(update={"flip": "none", "shift": 0.0, "zoom": 0.0})
    moves = recipe.augment.flip != "none" or recipe.augment.shift or recipe.augment.zoom
    precision = partial(AveragePrecision, classes, overlap=recipe.overlap)

    def loss(objects: Any, maps: Any) -> Any:
        return losses(maps, assign(objects, (height, width), classes), box_weight=recipe.box_weight)

    return Objective(
        encode=lambda labels: ops.take(table, labels, axis=0),
        loss=loss,
        metrics=lambda: [precision(at=HALF, name="ap50"), precision(at=COCO, name="ap")],
        augmentation=augmentation.layers(moving, seed=recipe.seed),
        paired=BoxAugmentation(recipe.augment, seed=recipe.seed) if moves else None,
    )


def _table(dataset: ObjectImages, recipe: DetectionRecipe) -> NDArray[np.float32]:
    """Return the objects (t, k, 6) of each of the different annotations, in pixels of what the network sees."""
    _, first = np.unique(dataset.labels, return_index=True)
    table = np.zeros((len(dataset.classes), dataset.boxes.shape[1], 6), np.float32)
    at = dataset.labels[first]
    table[..., 0] = PADDING
    table[at, :, 0] = dataset.numbers[first]
    height, width, _ = dataset.image_shape
    table[at, :, 1:5] = to_network(dataset.boxes[first], dataset.sizes[first], (height, width), fit=recipe.fit)
    table[at, :, 5] = dataset.ignored[first]
    return table
