"""What training makes small."""

import numpy as np

from saccade.core.backend import keras
from saccade.tasks.object_detection.center_loss import losses
from saccade.tasks.object_detection.gaussian_assigner import assign

GRID, CLASSES = (16, 16), 2


def right_answers(assigned, *, sure=8.0):
    """Return maps that say just what is to be said."""
    heat = np.where(np.asarray(assigned.heat) >= 1, sure, -sure)
    rows, columns = np.mgrid[0 : GRID[0], 0 : GRID[1]] * 4 + 2.0
    boxes = np.asarray(assigned.boxes)
    left, top = columns - boxes[..., 0], rows - boxes[..., 1]
    right, bottom = boxes[..., 2] - columns, boxes[..., 3] - rows
    return np.concatenate([heat, np.stack([left, top, right, bottom], -1)], -1).astype(np.float32)


def loss_of(maps, objects):
    assigned = assign(np.array(objects, np.float32), GRID, CLASSES)
    return np.asarray(losses(keras.ops.convert_to_tensor(maps(assigned)), assigned, box_weight=5.0))


ONE = [[[0, 8, 16, 40, 40, 0]]]
NONE = [[[-1, 0, 0, 0, 0, 0]]]


def test_right_answers_cost_next_to_nothing():
    assert loss_of(right_answers, ONE)[0] < 0.02
    assert loss_of(right_answers, NONE)[0] < 0.02


def test_a_missed_object_costs_and_so_does_an_invented_one():
    missed = loss_of(lambda assigned: right_answers(assigned._replace(heat=assigned.heat * 0)), ONE)
    assert missed[0] > 5

    def invented(assigned):
        maps = right_answers(assigned)
        maps[0, 3, 3, 1] = 8.0
        return maps

    assert loss_of(invented, NONE)[0] > 5


def test_a_box_that_is_off_costs():
    def off(assigned):
        maps = right_answers(assigned)
        maps[..., CLASSES:] += 10
        return maps

    assert loss_of(off, ONE)[0] > loss_of(right_answers, ONE)[0] + 1


def test_what_is_said_within_an_ignored_object_costs_nothing():
    def said_there(assigned):
        maps = right_answers(assigned)
        maps[0, 6, 5, 0] = 8.0
        return maps

    assert loss_of(said_there, [[[0, 8, 16, 40, 40, 1]]])[0] < 0.02
