"""Maps become boxes."""

import numpy as np
import pytest

from saccade.tasks.object_detection.decoding import decode, not_suppressed
from saccade.tasks.object_detection.detections import MOST

GRID = (16, 16)


def maps_with(*peaks, classes=2, grid=GRID):
    """Return maps (1, h, w, c + 4) with (row, column, class, logit, reach) each."""
    maps = np.full((1, *grid, classes + 4), -9.0, np.float32)
    maps[..., classes:] = 1.0
    for row, column, number, logit, reach in peaks:
        maps[0, row, column, number] = logit
        maps[0, row, column, classes:] = reach
    return maps


def decoded(maps, overlap=0.5):
    boxes, scores, numbers = (np.asarray(each)[0] for each in decode(maps, overlap=overlap))
    return boxes, scores, numbers


def test_a_peak_is_a_box_around_the_middle_of_its_cell():
    boxes, scores, numbers = decoded(maps_with((3, 5, 1, 4.0, 10.0)))
    np.testing.assert_allclose(boxes[0], [22 - 10, 14 - 10, 22 + 10, 14 + 10])
    assert scores[0] == pytest.approx(1 / (1 + np.exp(-4)))
    assert numbers[0] == 1
    assert boxes.shape == (MOST, 4)


def test_beside_a_higher_cell_there_is_no_peak():
    _, scores, _ = decoded(maps_with((3, 5, 0, 4.0, 10.0), (3, 6, 0, 3.0, 10.0)))
    assert (scores > 0.5).sum() == 1


def test_of_two_that_overlap_the_surer_one_is_kept_unless_they_are_of_two_classes():
    same = maps_with((3, 5, 0, 4.0, 20.0), (3, 7, 0, 3.0, 20.0))
    assert (decoded(same)[1] > 0.5).sum() == 1
    assert (decoded(same, overlap=0.9)[1] > 0.5).sum() == 2
    other = maps_with((3, 5, 0, 4.0, 20.0), (3, 7, 1, 3.0, 20.0))
    assert (decoded(other)[1] > 0.5).sum() == 2


def test_boxes_are_sorted_and_those_that_are_left_out_score_0():
    maps = maps_with((3, 5, 0, 2.0, 20.0), (3, 7, 0, 3.0, 20.0), (12, 12, 1, 4.0, 5.0))
    boxes, scores, _ = decoded(maps)
    assert (np.diff(scores) <= 0).all()
    assert (scores > 0.5).sum() == 2
    np.testing.assert_allclose(boxes[0], [45, 45, 55, 55])


@pytest.mark.parametrize("seed", range(5))
def test_suppression_does_what_going_through_them_one_by_one_does(seed):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 60, (40, 2))
    boxes = np.concatenate([low, low + rng.uniform(10, 40, (40, 2))], axis=1).astype(np.float32)
    numbers = rng.integers(0, 2, 40).astype(np.int32)
    found = np.asarray(not_suppressed(boxes[None], np.ones((1, 40), np.float32), numbers[None], overlap=0.4))[0]
    np.testing.assert_array_equal(found.astype(bool), greedy(boxes, numbers, 0.4))


def greedy(boxes, numbers, overlap):
    kept = []
    for at in range(len(boxes)):
        if all(numbers[other] != numbers[at] or iou(boxes[other], boxes[at]) <= overlap for other in kept):
            kept.append(at)
    return np.isin(np.arange(len(boxes)), kept)


def iou(first, second):
    sides = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    inner = np.prod(np.maximum(sides, 0))
    return inner / (np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]) - inner)
