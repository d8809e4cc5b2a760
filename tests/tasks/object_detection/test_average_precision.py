"""AP50 and AP, in the graph of training."""

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.tasks.object_detection.average_precision import COCO, HALF, AveragePrecision, highest_from, matched


def row(number, *box, ignored=0):
    return [number, *box, ignored]


NOTHING = row(-1, 0, 0, 0, 0)
OBJECTS = np.array(
    [[row(0, 0, 0, 10, 10), row(1, 20, 20, 30, 30), row(0, 40, 40, 50, 50, ignored=1), NOTHING]], np.float32
)


def test_the_first_box_on_an_object_of_its_class_is_a_hit():
    boxes = np.array(
        [[[0, 0, 10, 9], [0, 0, 10, 10], [20, 20, 30, 30], [21, 20, 31, 30], [40, 40, 50, 50]]], np.float32
    )
    hits, judged = matched(boxes, np.array([[0, 0, 0, 1, 0]], np.int32), OBJECTS)
    assert np.asarray(hits)[0, 0, :4].tolist() == [True, False, False, True]
    assert np.asarray(judged)[0, 0].tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("length", [1, 2, 7, 200])
def test_the_highest_precision_is_that_of_such_a_recall_or_a_higher_one(length):
    values = np.random.default_rng(0).random((2, 3, length)).astype(np.float32)
    expected = np.maximum.accumulate(values[..., ::-1], axis=-1)[..., ::-1]
    assert np.array_equal(highest_from(keras.ops.convert_to_tensor(values)), expected)


def metric_of(*peaks, at=HALF, reach=10.0):
    """Return AP where the peaks (row, column, class, logit) are boxes of 20 pixels, or others."""
    maps = np.full((1, 16, 16, 6), -9.0, np.float32)
    maps[..., 2:] = reach
    for y, x, number, logit in peaks:
        maps[0, y, x, number] = logit
    # objects of 20 pixels around the cells (4, 4) of class 0 and (10, 10) of class 1
    objects = np.array([[row(0, 8, 8, 28, 28), row(1, 32, 32, 52, 52)]], np.float32)
    metric = AveragePrecision(2, overlap=0.5, at=at, name="ap")
    metric.update_state(objects, keras.ops.convert_to_tensor(maps))
    return float(metric.result())


@pytest.mark.parametrize(
    ("peaks", "expected"),
    [
        ([(4, 4, 0, 3.0), (10, 10, 1, 3.0)], 1.0),
        ([(4, 4, 0, 3.0)], 0.5),
        ([(4, 4, 1, 3.0), (10, 10, 0, 3.0)], 0.0),
        ([(4, 4, 0, 1.0), (14, 1, 0, 3.0), (10, 10, 1, 3.0)], 0.75),
        ([(4, 4, 0, 3.0), (14, 1, 0, 1.0), (10, 10, 1, 3.0)], 1.0),
    ],
)
def test_it_is_the_mean_over_classes_of_the_area_under_precision_and_recall(peaks, expected):
    assert metric_of(*peaks) == pytest.approx(expected, abs=0.01)


def test_ap_is_the_mean_over_the_overlaps_that_boxes_reach():
    peaks = [(4, 4, 0, 3.0), (10, 10, 1, 3.0)]
    # boxes of 18 pixels within objects of 20: IoU .81, enough for seven of the ten overlaps
    assert metric_of(*peaks, at=COCO, reach=9.0) == pytest.approx(0.7, abs=0.01)
    assert metric_of(*peaks, at=COCO) == pytest.approx(1.0, abs=0.01)


def test_it_adds_up_over_batches_and_is_reset():
    metric = AveragePrecision(1, overlap=0.5, at=HALF, name="ap50")
    nothing = np.full((1, 16, 16, 5), -9.0, np.float32)
    metric.update_state(np.array([[row(0, 8, 8, 28, 28)]], np.float32), keras.ops.convert_to_tensor(nothing))
    assert float(metric.result()) == 0
    metric.reset_state()
    assert float(metric.objects[0]) == 0
