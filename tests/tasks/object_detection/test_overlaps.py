"""Intersection over union."""

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.tasks.object_detection.overlaps import generalized_iou, pairwise_iou

CASES = {  # two boxes: IoU, GIoU
    "the same": ([0, 0, 4, 4], [0, 0, 4, 4], 1, 1),
    "half of it": ([0, 0, 4, 4], [0, 0, 4, 2], 0.5, 0.5),
    "apart": ([0, 0, 2, 2], [4, 0, 6, 2], 0, -1 / 3),
    "touching": ([0, 0, 2, 2], [2, 0, 4, 2], 0, 0),
    "crossing": ([0, 0, 2, 2], [1, 1, 3, 3], 1 / 7, 1 / 7 - 2 / 9),
    "no area": ([1, 1, 1, 1], [0, 0, 2, 2], 0, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_overlaps_are_right(case):
    first, second, iou, giou = CASES[case]
    a, b = np.array([[first]], np.float32), np.array([[second]], np.float32)
    assert float(pairwise_iou(a, b)[0, 0, 0]) == pytest.approx(iou, abs=1e-5)
    assert float(generalized_iou(keras.ops.convert_to_tensor(a), b)[0, 0]) == pytest.approx(giou, abs=1e-5)
