"""Which boxes overlap how much, in NumPy: for answers that are looked at one image at a time."""

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.object_detection.placement import Boxes

TINY = 1e-9


def iou(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Return intersection over union (k, m), 0 to 1, of boxes (k, 4) with boxes (m, 4): left, top, right, bottom."""
    mine, its = (np.asarray(each, np.float64).reshape(-1, 4) for each in (first, second))
    low = np.maximum(mine[:, None, :2], its[None, :, :2])
    high = np.minimum(mine[:, None, 2:], its[None, :, 2:])
    inner = np.prod(np.maximum(high - low, 0), axis=-1)
    return np.asarray(inner / np.maximum(_areas(mine)[:, None] + _areas(its)[None] - inner, TINY))


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=-1))
