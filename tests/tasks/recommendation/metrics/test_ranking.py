"""The ten highest scores of what was not rated before."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from saccade.tasks.recommendation.metrics.ranking import BEST, places_of, recommended

SEEN = csr_matrix(np.array([[0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], np.float32))


def test_the_highest_come_first_and_of_equal_ones_the_first():
    scores = np.array([[1, 9, 3, 3, 9], [2, 2, 2, 2, 2], [1, 2, 3, 4, 5]])
    assert recommended(scores, SEEN, length=3).tolist() == [[2, 3, 0], [0, 1, 2], [-1, -1, -1]]


def test_fewer_items_than_asked_for_are_all_that_there_are():
    scores = np.arange(15.0).reshape(3, 5)
    assert recommended(scores, SEEN).tolist() == [[3, 2, 0, -1, -1], [4, 3, 2, 1, 0], [-1] * 5]


def test_scores_stay_as_they_are():
    scores = np.ones((3, 5), np.float32)
    recommended(scores, SEEN)
    assert (scores == 1).all()


def test_places_are_those_in_the_list():
    found = np.array([[2, 3, 0], [0, 1, 2], [-1, -1, -1]], np.int32)
    asked = csr_matrix(np.array([[5, 0, 5, 5, 0], [0, 0, 0, 0, 5], [5, 0, 0, 0, 0]], np.float32))
    assert places_of(found, asked).tolist() == [2, 0, 1, -1, -1]
    assert places_of(np.full((3, 3), -1), asked).tolist() == [-1] * 5


def test_the_best_list_has_every_relevant_item_on_top():
    assert [0, 1, 1 + 1 / np.log2(3)] == pytest.approx(BEST[:3])
