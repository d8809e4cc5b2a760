"""Average precision while training, of each class on a grid of scores: what the best epoch is chosen by."""

from collections.abc import Sequence
from typing import Any

from saccade.core.backend import keras
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.overlaps import pairwise_iou

ops = keras.ops

BINS = 200
"""Of scores: boxes whose scores are that alike count as equally sure, so that it is a little coarser than COCO's."""

HALF = (0.5,)
"""IoU of AP50."""

COCO = tuple(percent / 100 for percent in range(50, 100, 5))
"""IoUs of AP, .50 to .95."""


class AveragePrecision(keras.metrics.Metric):  # type: ignore[misc]  # Keras has no types
    """Mean over IoUs and classes of the area under precision against recall, 0 to 1."""

    def __init__(self, classes: int, *, overlap: float, at: Sequence[float], name: str) -> None:
        """Know how many classes there are, as `decode` the overlap, and from which IoUs on a box is right."""
        super().__init__(name=name)
        self.classes, self.overlap, self.at = classes, overlap, tuple(at)
        counts = (len(self.at), classes, BINS)
        self.hits = self.add_weight(shape=counts, initializer="zeros", name="hits")
        self.misses = self.add_weight(shape=counts, initializer="zeros", name="misses")
        self.objects = self.add_weight(shape=(classes,), initializer="zeros", name="objects")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add what is found in a batch of images.

        Args:
            y_true: objects (n, k, 6), as `gaussian_assigner.assign` takes them.
            y_pred: maps (n, h, w, c + 4).
            sample_weight: not used.
        """
        boxes, scores, numbers = decode(y_pred, overlap=self.overlap)
        is_hit, is_judged = matched(boxes, numbers, y_true, at=self.at)
        bins = ops.cast(ops.clip(scores * BINS, 0, BINS - 1), "int32")
        place = ops.cast(numbers, "int32") * BINS + bins
        counts = (scores > 0) & is_judged
        self.hits.assign_add(self._binned(counts & is_hit, place))
        self.misses.assign_add(self._binned(counts & ~is_hit, place))
        real = ops.cast((y_true[..., 0] >= 0) & (y_true[..., 5] < 0.5), "float32")
        known = ops.one_hot(ops.cast(ops.maximum(y_true[..., 0], 0), "int32"), self.classes) * real[..., None]
        self.objects.assign_add(ops.sum(known, axis=(0, 1)))

    def _binned(self, which: Any, place: Any) -> Any:
        """Return how many of some boxes (t, n, m) are in each bin (t, classes, bins), of each box's place (n, m)."""
        first = ops.arange(len(self.at), dtype="int32")[:, None, None] * (self.classes * BINS)
        places, counts = ops.reshape(place + first, (-1,)), ops.reshape(ops.cast(which, "float32"), (-1,))
        summed = ops.segment_sum(counts, places, num_segments=len(self.at) * self.classes * BINS)
        return ops.reshape(summed, self.hits.shape)

    def result(self) -> Any:
        """Return the mean over the classes that have objects."""
        hits = ops.cumsum(ops.flip(self.hits, axis=-1), axis=-1)
        misses = ops.cumsum(ops.flip(self.misses, axis=-1), axis=-1)
        recall = hits / ops.maximum(self.objects[:, None], 1.0)
        precision = hits / ops.maximum(hits + misses, 1.0)
        steps = recall - ops.concatenate([ops.zeros_like(recall[..., :1]), recall[..., :-1]], axis=-1)
        areas = ops.mean(ops.sum(steps * highest_from(precision), axis=-1), axis=0)
        has = ops.cast(self.objects > 0, "float32")
        return ops.sum(areas * has) / ops.maximum(ops.sum(has), 1.0)


def highest_from(values: Any) -> Any:
    """Return the highest of some values (…, n), 0 or more, at each place and those after it.

    Each round looks twice as far as the last. `ops.associative_scan` gives the same with five times as many operations.
    """
    reach, aside = 1, [(0, 0)] * (len(values.shape) - 1)
    while reach < values.shape[-1]:
        values = ops.maximum(values, ops.pad(values[..., reach:], [*aside, (0, reach)]))
        reach *= 2
    return values


def matched(boxes: Any, numbers: Any, objects: Any, *, at: Sequence[float] = HALF) -> tuple[Any, Any]:
    """Return which boxes (n, m), the surest first, are the first to find an object, and which are judged: (t, n, m).

    A box belongs to the object of its class that it overlaps most, if by such an IoU or more; one on an ignored object
    is not judged.
    """
    overlap = pairwise_iou(boxes, objects[..., 1:5])
    same = ops.equal(ops.cast(numbers, "float32")[..., None], objects[:, None, :, 0])
    overlap = ops.where(same, overlap, 0.0)
    of = ops.one_hot(ops.argmax(overlap, axis=-1), objects.shape[1])
    least = ops.reshape(ops.convert_to_tensor(at, "float32"), (-1, 1, 1))
    belongs = ops.max(overlap, axis=-1) >= least
    chosen = of * ops.cast(belongs, "float32")[..., None]
    first = ops.sum(chosen * ops.cumsum(chosen, axis=2), axis=-1) == 1
    ignored = ops.sum(chosen * objects[:, None, :, 5], axis=-1) > 0
    return first, ~ignored
