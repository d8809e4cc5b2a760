"""How popular recommendations are, and how many items there are among them."""

import numpy as np
import pytest

from saccade.tasks.recommendation.metrics.by_user import ByUser
from saccade.tasks.recommendation.metrics.popularity import coverage, popularity_ratios

SHARES = np.array([1.0, 0.5, 0.25, 0.0])
FOUND = ByUser(None, np.array([0]), np.array([[0, 1], [0, -1]], np.int32))


def test_coverage_is_the_share_of_items_that_anybody_is_recommended():
    assert coverage(FOUND, 4).value == 0.5
    assert coverage(ByUser(None, None, None), 4).value is None


def test_popularity_is_a_mean_over_recommendations_and_novelty_in_bits():
    ratios = popularity_ratios(FOUND, SHARES)
    values = {name: each.above.sum() / each.below.sum() for name, each in ratios.items()}
    assert values == pytest.approx({"popularity": 2.5 / 3, "novelty": 1 / 3})


def test_an_item_that_nobody_rated_is_as_novel_as_the_rarest():
    found = ByUser(None, np.array([0]), np.array([[3]], np.int32))
    assert popularity_ratios(found, SHARES)["novelty"].above.sum() == 2
