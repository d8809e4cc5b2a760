"""Intervals over whole users."""

import numpy as np
import pytest

from saccade.core import intervals
from saccade.tasks.recommendation.metrics.by_user import UserRatio
from saccade.tasks.recommendation.metrics.resampling import measured, resampled_sums


def test_sums_are_those_of_the_drawn_users():
    columns = np.random.default_rng(0).normal(size=(30, 3))
    drawn = np.concatenate(list(intervals.draws(30)))
    np.testing.assert_allclose(resampled_sums(columns), columns[drawn].sum(axis=1))


def test_a_mean_has_the_interval_of_the_bootstrap():
    values = np.random.default_rng(1).normal(size=200)
    score = measured({"mean": UserRatio(values, np.ones(200))})["mean"].score()
    plain = intervals.bootstrap_mean(values)
    assert (score.value, score.low, score.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_users_with_many_ratings_make_an_interval_wide_not_narrow():
    """A hundred ratings of a user that are all alike say no more than one."""
    errors = np.random.default_rng(2).normal(size=50) ** 2
    once = measured({"e": UserRatio(errors, np.ones(50), root=True)})["e"].score()
    often = measured({"e": UserRatio(100 * errors, np.full(50, 100.0), root=True)})["e"].score()
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


def test_differences_are_paired():
    values = np.random.default_rng(3).normal(size=100)
    found = measured({at: UserRatio(values + 0.01 * at, np.ones(100)) for at in (0, 1)})
    gap = found[1].minus(found[0])
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.01, 0.01, 0.01))


def test_what_nobody_was_asked_is_not_defined():
    found = measured({"none": UserRatio(np.zeros(5), np.zeros(5)), "one": UserRatio(np.eye(5)[0], np.eye(5)[0])})
    assert found["none"].score().value is None
    assert found["one"].score().value == 1.0  # though some resamples do not have that user
    assert measured({}) == {}
