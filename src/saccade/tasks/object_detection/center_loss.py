"""What training makes small: a focal loss on heat maps, and GIoU of the boxes around the middles of objects."""

from typing import Any

from saccade.core.backend import keras
from saccade.core.batch_mean import batch_mean
from saccade.tasks.object_detection.center_head import boxes_of
from saccade.tasks.object_detection.gaussian_assigner import Assigned
from saccade.tasks.object_detection.overlaps import generalized_iou

ops = keras.ops

ALPHA, BETA = 2.0, 4.0
"""Exponents: of how sure the network is already, and of how near a cell is to an object (Law and Deng 2018)."""


def losses(maps: Any, assigned: Assigned, *, box_weight: float) -> Any:
    """Return the loss of each image, (n,).

    Args:
        maps: (n, h, w, c + 4), of `center_head.add`.
        assigned: what they are to say.
        box_weight: of the boxes against the heat maps.
    """
    classes = maps.shape[-1] - 4
    heat = heat_losses(maps[..., :classes], assigned)
    boxes = box_losses(boxes_of(maps[..., classes:]), assigned)
    return heat + box_weight * boxes


def heat_losses(logits: Any, assigned: Assigned) -> Any:
    """Return the penalty-reduced focal loss (n,), over the mean number of objects an image.

    The cell with an object's middle is to say 1; cells near it are not blamed much for what they say.
    """
    heat = assigned.heat
    probability = ops.sigmoid(logits)
    is_middle = ops.cast(heat >= 1.0, "float32")
    found = ops.power(1 - probability, ALPHA) * -ops.log_sigmoid(logits) * is_middle
    elsewhere = ops.power(1 - heat, BETA) * ops.power(probability, ALPHA) * -ops.log_sigmoid(-logits) * (1 - is_middle)
    total = ops.sum((found + elsewhere) * assigned.counted[..., None], axis=(1, 2, 3))
    objects = ops.sum(is_middle, axis=(1, 2, 3))
    return total / ops.maximum(batch_mean(objects), 1.0)


def box_losses(boxes: Any, assigned: Assigned) -> Any:
    """Return 1 − GIoU (n,), a weighted mean over the cells near objects."""
    off = 1 - generalized_iou(boxes, assigned.boxes)
    total = ops.sum(off * assigned.weights, axis=(1, 2))
    return total / ops.maximum(batch_mean(ops.sum(assigned.weights, axis=(1, 2))), 1e-3)
