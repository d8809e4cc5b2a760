"""The few largest of each row are those that sorting all would give."""

import numpy as np
import pytest

from saccade.modalities.images.audit.largest import largest


@pytest.mark.parametrize("width", [20, 512, 5000, 5123])
def test_the_largest_are_those_of_sorting_all(width):
    values = np.random.default_rng(0).normal(size=(7, width)).astype(np.float32)
    assert (largest(values, 11) == np.argsort(-values, axis=1)[:, :11]).all()


def test_equal_values_are_each_given_once():
    found = largest(np.zeros((3, 4000), np.float32), 14)
    assert found.shape == (3, 14)
    assert all(len(set(row)) == 14 for row in found.tolist())


def test_of_no_rows_there_is_nothing():
    assert largest(np.empty((0, 2000), np.float32), 3).shape == (0, 3)
