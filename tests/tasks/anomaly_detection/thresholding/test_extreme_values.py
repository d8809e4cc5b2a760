import numpy as np
import pytest
from scipy import stats

from saccade.core.errors import DataError
from saccade.tasks.anomaly_detection.thresholding.extreme_values import extrapolate

pytestmark = pytest.mark.heavy

TAILS = {
    "light": stats.norm(10),
    "of a squared error": stats.chi2(5),
    "exponential": stats.expon(),
    "heavy": stats.lognorm(1),
    "of infinite variance": stats.pareto(1.5),
    "that ends": stats.beta(2, 2),
}

QUICK = ("exponential", "heavy", "that ends")
"""Tails that are drawn in every run of the tests."""


@pytest.mark.parametrize(
    "tail", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in TAILS]
)
def test_a_rate_rarer_than_any_calibration_row_is_kept_on_average_within_a_factor_of_three(tail):
    rng, distribution, share = np.random.default_rng(0), TAILS[tail], 1e-4
    rates, covered, covered_value = [], 0, 0
    for _ in range(15):
        found = extrapolate(np.sort(distribution.rvs(size=3000, random_state=rng)), share)
        rates.append(distribution.sf(found.value))
        covered += found.false_alarms.low <= rates[-1] <= found.false_alarms.high
        covered_value += found.low <= distribution.isf(share) <= found.high
    assert share / 10 < np.mean(rates) < 3 * share
    assert covered >= 11
    assert covered_value >= 11


def test_the_unit_of_the_score_does_not_matter():
    scores = np.sort(np.random.default_rng(1).chisquare(5, 3000))
    plain, scaled = extrapolate(scores, 1e-4), extrapolate(scores * 1e-6 + 1, 1e-4)
    assert scaled.value == pytest.approx(plain.value * 1e-6 + 1, rel=1e-8)
    assert scaled.tail.shape == pytest.approx(plain.tail.shape, abs=1e-3)


def test_a_rarer_alarm_has_a_higher_threshold_and_a_wider_interval():
    scores = np.sort(np.random.default_rng(2).lognormal(size=5000))
    found = [extrapolate(scores, share) for share in (1e-3, 1e-4, 1e-5)]
    assert [each.value for each in found] == sorted(each.value for each in found)
    widths = [each.high / each.low for each in found]
    assert widths == sorted(widths)


def test_a_far_extrapolation_is_called_an_order_of_magnitude():
    scores = np.sort(np.random.default_rng(3).lognormal(size=1000))
    assert "order of magnitude" in " ".join(extrapolate(scores, 1e-6).notes)
    assert "order of magnitude" not in " ".join(extrapolate(scores, 1e-4).notes)


def test_a_tail_of_another_form_is_said_not_to_fit():
    rng = np.random.default_rng(4)
    scores = np.sort(np.concatenate([rng.normal(10, 1, 9_900), rng.normal(30, 0.2, 100)]))
    assert "do not rely on the extrapolation" in " ".join(extrapolate(scores, 1e-4).notes)


def test_where_no_tail_can_be_fitted_it_says_why_and_what_to_do():
    rng = np.random.default_rng(5)
    with pytest.raises(DataError, match="at least 300"):
        extrapolate(np.sort(rng.lognormal(size=299)), 1e-4)
    with pytest.raises(DataError, match="--max-alarms 0.02"):
        extrapolate(np.sort(rng.lognormal(size=3000)), 0.02)
    with pytest.raises(DataError, match="different values"):
        extrapolate(np.sort(rng.poisson(1, 3000).astype(float)), 1e-4)
    with pytest.raises(DataError, match="no finite score"):
        extrapolate(np.append(np.sort(rng.lognormal(size=3000)), np.inf), 1e-4)
