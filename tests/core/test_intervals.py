import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.stats import binomtest

from saccade.core import intervals
from saccade.core.intervals import bootstrap_mean, middle, resampled_scores, wilson
from saccade.core.metric_value import MetricValue


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_wilson_agrees_with_scipy(trials, share):
    successes = round(share * trials)
    (score,) = wilson(np.array([successes]), np.array([trials]))
    expected = binomtest(successes, trials).proportion_ci(method="wilson")
    assert score.low == pytest.approx(expected.low, abs=1e-12)
    assert score.high == pytest.approx(expected.high, abs=1e-12)


def test_wilson_of_nothing_is_not_defined():
    assert wilson(np.array([0, 1]), np.array([0, 1]))[0] == MetricValue(None)


def test_the_bootstrap_interval_of_a_mean_is_that_of_the_normal_approximation():
    values = np.random.default_rng(0).normal(3, 2, 4000)
    score = bootstrap_mean(values)
    half = 1.96 * values.std() / np.sqrt(4000)
    assert score.value == pytest.approx(values.mean())
    assert (score.low, score.high) == pytest.approx((score.value - half, score.value + half), abs=0.01)


@pytest.mark.heavy
def test_many_values_are_resampled_in_portions_to_the_same_kind_of_interval():
    values = np.random.default_rng(0).normal(3, 2, 40_000)
    score = bootstrap_mean(values)
    assert score.high - score.low == pytest.approx(2 * 1.96 * 2 / 200, rel=0.15)


def test_values_that_are_all_equal_have_no_interval():
    assert bootstrap_mean(np.array([0.5, 0.5])) == MetricValue(0.5)
    assert middle(1.0, np.ones(5)) == MetricValue(1.0)


def resamples(confusion):
    """Return right, true and predicted counts a class of every resample, each (RESAMPLES, k)."""
    seen = []

    def remember(*counts):
        seen.append(counts)
        return np.zeros(len(counts[0]))

    assert resampled_scores(confusion, remember).shape == (intervals.RESAMPLES,)
    return [np.concatenate(portions) for portions in zip(*seen, strict=True)]


def test_resampling_keeps_the_number_of_images():
    right, true, predicted = resamples(np.array([[5, 1], [0, 4]]))
    assert (true.sum(axis=1) == 10).all()
    assert (predicted.sum(axis=1) == 10).all()
    assert (right <= np.minimum(true, predicted)).all()
    np.testing.assert_allclose(true.mean(axis=0), [6, 4], atol=0.2)


def test_resampling_in_portions_gives_the_same_numbers(monkeypatch):
    confusion = np.array([[5, 1, 0], [0, 4, 2], [1, 0, 7]])
    at_once = resamples(confusion)
    monkeypatch.setattr(intervals, "MOST_DRAWS", 100)
    for whole, portions in zip(at_once, resamples(confusion), strict=True):
        np.testing.assert_array_equal(whole, portions)


@pytest.mark.heavy
def test_a_thousand_classes_are_resampled_within_seconds():
    confusion = np.zeros((1000, 1000), np.int64)
    confusion[np.random.default_rng(0).integers(0, 1000, 4000), np.resize(np.arange(1000), 4000)] = 1
    started = time.process_time()
    right, true, predicted = resamples(confusion)
    assert time.process_time() - started < 10  # as a product of matrices it took more than a minute
    assert (true.sum(axis=1) == confusion.sum()).all()
    assert (predicted.sum(axis=1) == confusion.sum()).all()
    assert (right <= np.minimum(true, predicted)).all()


@pytest.mark.heavy
def test_ten_thousand_classes_are_resampled_in_little_memory():
    random = np.random.default_rng(0)
    cells = random.integers(0, 10_000, (2, 20_000))
    confusion = coo_array((np.ones(20_000, np.int64), tuple(cells)), shape=(10_000, 10_000))
    tracemalloc.start()
    resampled_scores(confusion, lambda right, true, predicted: right.sum(axis=1) / true.sum(axis=1))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150_000_000  # all at once they took 800 MB
