"""AP at an IoU of .5 while training: of each class on a grid of scores, averaged; what the best epoch is chosen by."""

from typing import Any

from saccade.core.backend import keras
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.overlaps import pairwise_iou

ops = keras.ops

BINS = 200
"""Of scores: boxes whose scores are that alike count as equally sure, so that it is a little coarser than COCO's."""

OVERLAP = 0.5


class AveragePrecision50(keras.metrics.Metric):  # type: ignore[misc]  # Keras has no types
    """Mean over the classes of the area under precision against recall, 0 to 1."""

    def __init__(self, classes: int, *, overlap: float, name: str = "ap50") -> None:
        super().__init__(name=name)
        self.classes, self.overlap = classes, overlap
        self.hits = self.add_weight(shape=(classes, BINS), initializer="zeros", name="hits")
        self.misses = self.add_weight(shape=(classes, BINS), initializer="zeros", name="misses")
        self.objects = self.add_weight(shape=(classes,), initializer="zeros", name="objects")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add what is found in a batch of images.

        Args:
            y_true: objects (n, k, 6), as `gaussian_assigner.assign` takes them.
            y_pred: maps (n, h, w, c + 4).
            sample_weight: not used.
        """
        boxes, scores, numbers = decode(y_pred, overlap=self.overlap)
        is_hit, is_judged = matched(boxes, numbers, y_true)
        bins = ops.cast(ops.clip(scores * BINS, 0, BINS - 1), "int32")
        place = ops.reshape(ops.cast(numbers, "int32") * BINS + bins, (-1,))
        counts = (scores > 0) & is_judged
        for variable, which in ((self.hits, counts & is_hit), (self.misses, counts & ~is_hit)):
            added = ops.segment_sum(
                ops.reshape(ops.cast(which, "float32"), (-1,)), place, num_segments=self.classes * BINS
            )
            variable.assign_add(ops.reshape(added, (self.classes, BINS)))
        real = ops.cast((y_true[..., 0] >= 0) & (y_true[..., 5] < 0.5), "float32")
        known = ops.one_hot(ops.cast(ops.maximum(y_true[..., 0], 0), "int32"), self.classes) * real[..., None]
        self.objects.assign_add(ops.sum(known, axis=(0, 1)))

    def result(self) -> Any:
        """Return the mean over the classes that have objects."""
        hits = ops.cumsum(ops.flip(self.hits, axis=1), axis=1)
        misses = ops.cumsum(ops.flip(self.misses, axis=1), axis=1)
        recall = hits / ops.maximum(self.objects[:, None], 1.0)
        precision = hits / ops.maximum(hits + misses, 1.0)
        further = ops.arange(BINS)[None, :] >= ops.arange(BINS)[:, None]  # (from, to): Keras asks after every step
        best = ops.max(ops.where(further, precision[:, None, :], 0.0), axis=-1)
        steps = recall - ops.concatenate([ops.zeros_like(recall[:, :1]), recall[:, :-1]], axis=1)
        areas = ops.sum(steps * best, axis=1)
        has = ops.cast(self.objects > 0, "float32")
        return ops.sum(areas * has) / ops.maximum(ops.sum(has), 1.0)


def matched(boxes: Any, numbers: Any, objects: Any) -> tuple[Any, Any]:
    """Return which boxes (n, m), the surest first, are the first to find an object, and which are judged at all.

    A box belongs to the object of its class that it overlaps most, if by .5 or more; one on an ignored object is not
    judged.
    """
    overlap = pairwise_iou(boxes, objects[..., 1:5])
    same = ops.equal(ops.cast(numbers, "float32")[..., None], objects[:, None, :, 0])
    overlap = ops.where(same, overlap, 0.0)
    of = ops.argmax(overlap, axis=-1)
    belongs = ops.max(overlap, axis=-1) >= OVERLAP
    chosen = ops.one_hot(of, objects.shape[1]) * ops.cast(belongs, "float32")[..., None]
    first = ops.sum(chosen * ops.cumsum(chosen, axis=1), axis=-1) == 1
    ignored = ops.sum(chosen * objects[:, None, :, 5], axis=-1) > 0
    return first, ~ignored
