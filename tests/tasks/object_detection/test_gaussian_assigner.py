"""Which cells learn what of an object."""

import numpy as np

from saccade.tasks.object_detection.gaussian_assigner import assign

GRID = (16, 16)
NOTHING = [-1, 0, 0, 0, 0, 0]


def assigned(*objects, classes=2):
    rows = np.array([[*objects]], np.float32)
    return [np.asarray(each)[0] for each in assign(rows, GRID, classes)]


def test_an_object_is_1_in_the_cell_of_its_middle_and_falls_off_around_it():
    heat, *_ = assigned([1, 8, 16, 40, 40, 0], NOTHING)
    assert heat[7, 6, 1] == 1
    assert 0 < heat[7, 7, 1] < 1
    assert heat[0, 0, 1] == 0
    assert not heat[..., 0].any()


def test_cells_learn_the_box_of_the_smallest_object_near_them():
    large, small = [0, 0, 0, 64, 64, 0], [1, 24, 24, 40, 40, 0]
    _, boxes, weights, _ = assigned(large, small)
    np.testing.assert_allclose(boxes[8, 8], small[1:5])
    np.testing.assert_allclose(boxes[8, 4], large[1:5])
    assert weights[8, 8] > 0
    assert weights[0, 0] == 0


def test_the_weights_of_an_object_that_is_alone_sum_to_the_logarithm_of_its_area():
    _, _, weights, _ = assigned([0, 8, 16, 40, 40, 0])
    np.testing.assert_allclose(weights.sum(), np.log(32 * 24 + 1), rtol=1e-4)


def test_an_ignored_object_is_neither_learnt_nor_held_against_the_network():
    heat, _, weights, counted = assigned([0, 8, 8, 24, 24, 1], NOTHING)
    assert not heat.any()
    assert not weights.any()
    assert counted[3, 3] == 0
    assert counted[10, 10] == 1


def test_where_nothing_is_nothing_is_learnt_but_that():
    heat, _, weights, counted = assigned(NOTHING)
    assert not heat.any()
    assert not weights.any()
    assert counted.all()


def test_an_object_smaller_than_a_cell_has_one_cell():
    heat, _, weights, _ = assigned([0, 21, 21, 23, 23, 0])
    assert (heat[..., 0] > 0).sum() == 1
    assert heat[5, 5, 0] == 1
    assert (weights > 0).sum() == 1
