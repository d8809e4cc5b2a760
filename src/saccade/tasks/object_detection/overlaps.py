"""How much boxes overlap: intersection over union, and its generalisation to boxes that do not meet."""

from typing import Any

from saccade.core.backend import keras

ops = keras.ops

TINY = 1e-6


def pairwise_iou(first: Any, second: Any) -> Any:
    """Return (n, k, m), 0 to 1, of boxes (n, k, 4) with boxes (n, m, 4); each is left, top, right, bottom."""
    first, second = first[:, :, None, :], second[:, None, :, :]
    inner = _inner(first, second)
    return inner / ops.maximum(_area(first) + _area(second) - inner, TINY)


def generalized_iou(first: Any, second: Any) -> Any:
    """Return (...), −1 to 1, of boxes (..., 4) with boxes (..., 4) of the same place (Rezatofighi et al. 2019)."""
    inner = _inner(first, second)
    union = _area(first) + _area(second) - inner
    hull = ops.concatenate(
        [ops.minimum(first[..., :2], second[..., :2]), ops.maximum(first[..., 2:], second[..., 2:])], axis=-1
    )
    outer = ops.maximum(_area(hull), TINY)
    return inner / ops.maximum(union, TINY) - (outer - union) / outer


def _inner(first: Any, second: Any) -> Any:
    low = ops.maximum(first[..., :2], second[..., :2])
    high = ops.minimum(first[..., 2:], second[..., 2:])
    sides = ops.maximum(high - low, 0.0)
    return sides[..., 0] * sides[..., 1]


def _area(boxes: Any) -> Any:
    return ops.maximum(boxes[..., 2] - boxes[..., 0], 0.0) * ops.maximum(boxes[..., 3] - boxes[..., 1], 0.0)
