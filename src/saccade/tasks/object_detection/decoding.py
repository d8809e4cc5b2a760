"""Maps → boxes: peaks of the heat maps, the surest of them, and of two that overlap the surer one.

All of it is a part of the exported network, so that every engine answers with boxes.
"""

from typing import Any

from saccade.core.backend import keras
from saccade.tasks.object_detection.center_head import boxes_of
from saccade.tasks.object_detection.detections import MOST
from saccade.tasks.object_detection.overlaps import pairwise_iou

ops = keras.ops

ROUNDS = 8
"""Of suppression: after as many rounds, chains of so many boxes of which each overlaps the next are settled."""


class Decoder(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The last layer of a network that answers with boxes: maps in; boxes, scores and classes out, as `decode` has it.

    A layer, lest numbers that do not depend on the maps become inputs of an exported file.
    """

    def __init__(self, *, overlap: float, name: str = "decoder") -> None:
        super().__init__(dtype="float32", name=name)
        self.overlap = overlap

    def call(self, maps: Any) -> list[Any]:
        """Return boxes (n, 100, 4), scores (n, 100) and classes (n, 100), int32."""
        return list(decode(maps, overlap=self.overlap))


def decode(maps: Any, *, overlap: float) -> tuple[Any, Any, Any]:
    """Return boxes (n, 100, 4), scores (n, 100) and classes (n, 100), int32, the surest first; a score of 0 is no box.

    Args:
        maps: (n, h, w, c + 4), of `center_head.add`.
        overlap: IoU from which on the less sure of two boxes of a class is left out.
    """
    boxes, scores, classes = candidates(maps)
    scores = scores * not_suppressed(boxes, scores, classes, overlap=overlap)
    scores, order = ops.top_k(scores, MOST)
    return _picked(boxes, order), scores, ops.take_along_axis(classes, order, axis=1)


def candidates(maps: Any) -> tuple[Any, Any, Any]:
    """Return the `MOST` surest peaks: boxes (n, 100, 4), scores (n, 100), classes (n, 100), int32."""
    height, width, channels = maps.shape[1:]
    classes = channels - 4
    heat = ops.sigmoid(maps[..., :classes])
    peaks = ops.where(heat >= ops.max_pool(heat, 3, strides=1, padding="same"), heat, 0.0)
    flat = ops.reshape(peaks, (-1, height * width * classes))
    scores, where = ops.top_k(flat, MOST)
    where = ops.cast(where, "int32")
    boxes = ops.reshape(boxes_of(maps[..., classes:]), (-1, height * width, 4))
    return _picked(boxes, where // classes), scores, where % classes


def not_suppressed(boxes: Any, scores: Any, classes: Any, *, overlap: float) -> Any:
    """Return 1 for boxes to keep and 0 for those that overlap a surer kept one of their class, (n, k).

    Sorted by score, a box is kept when no kept box before it overlaps it: what greedy suppression does, found by going
    over all boxes at once until nothing changes.
    """
    count = scores.shape[1]
    before = ops.cast(ops.arange(count)[None, :] < ops.arange(count)[:, None], "float32")
    same = ops.cast(ops.equal(classes[:, :, None], classes[:, None, :]), "float32")
    over = ops.cast(pairwise_iou(boxes, boxes) > overlap, "float32") * same * before
    keep = ops.ones_like(scores)
    for _ in range(ROUNDS):
        suppressed = ops.sum(over * keep[:, None, :], axis=-1)
        keep = ops.cast(suppressed < 0.5, "float32")
    return keep


def _picked(boxes: Any, order: Any) -> Any:
    return ops.take_along_axis(boxes, ops.repeat(order[..., None], 4, axis=-1), axis=1)
