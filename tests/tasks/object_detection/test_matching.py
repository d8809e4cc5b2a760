import numpy as np
import pytest

from saccade.tasks.object_detection.matching import iou


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (2, 2, 8, 8), 0.36),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0),
        ((0, 0, 10, 10), (30, 30, 40, 40), 0),
        ((5, 5, 5, 5), (5, 5, 5, 5), 0),
    ],
)
def test_overlap_is_the_shared_part_of_both_areas(first, second, expected):
    assert iou(np.array([first]), np.array([second])) == pytest.approx(expected)


def test_each_is_compared_with_each_and_none_with_none():
    boxes = np.array([(0, 0, 10, 10), (0, 0, 5, 10), (20, 20, 30, 30)], np.float32)
    assert iou(boxes, boxes[:2]).shape == (3, 2)
    assert iou(boxes[:0], boxes).shape == (0, 3)
