import numpy as np
import pytest
from scipy.stats import binomtest

from saccade.core.errors import RunError
from saccade.tasks.regression.conformal import Intervals, fit, rank


@pytest.mark.parametrize(("coverage", "count", "expected"), [(0.9, 9, 9), (0.9, 99, 90), (0.9, 100, 91), (0.5, 1, 1)])
def test_the_half_width_is_the_finite_sample_quantile(coverage, count, expected):
    assert rank(coverage, count) == expected


def test_new_numbers_lie_within_the_interval_as_often_as_promised():
    rng = np.random.default_rng(0)
    hits = trials = 0
    for _ in range(2000):  # few validation images each time: the promise is of the mean over such draws
        errors = rng.standard_t(3, 40)
        half_width = fit(errors[:39]).level(0.9).half_width
        hits, trials = hits + int(abs(errors[39]) <= half_width), trials + 1
    assert binomtest(hits, trials, 0.9).pvalue > 0.01


def test_too_few_images_promise_nothing():
    few = fit(np.arange(3.0))
    assert [level.coverage for level in few.levels] == [0.5]
    with pytest.raises(RunError, match="the 3 validation images allow 0.5"):
        few.level(0.9)
    assert fit(np.array([])).usual is None
    assert "too few" in fit(np.array([])).sentence("age")


def test_intervals_come_back_as_they_were_written():
    intervals = fit(np.random.default_rng(0).normal(size=200))
    assert Intervals.from_dict(intervals.to_dict()) == intervals


@pytest.mark.parametrize("half_width", [-1.0, float("inf"), float("nan"), "wide"])
def test_damaged_intervals_are_refused(half_width):
    with pytest.raises(ValueError, match="half"):
        Intervals.from_dict({"images": 9, "levels": [{"coverage": 0.5, "half_width": half_width}]})
