"""What a threshold does is what scikit-learn counts; precision speaks of the prevalence that was stated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.metrics import alarm_share, at_threshold

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), max_size=60).map(
    lambda rows: np.array([(0, -1), (1, 1), *rows]).T
)


def weights(labels, prevalence):
    anomalies = labels.sum()
    return np.where(labels == 1, prevalence / anomalies, (1 - prevalence) / (len(labels) - anomalies))


@pytest.mark.heavy
@settings(deadline=None)
@given(ROWS, st.integers(-4, 4), st.floats(0.001, 0.9))
def test_every_number_is_that_of_scikit_learn_with_weights(rows, threshold, prevalence):
    labels, scores = rows
    found = at_threshold(labels, scores.astype(float), threshold, prevalence=prevalence)
    alarm, weight = scores > threshold, weights(labels, prevalence)
    confusion = [[found.passed, found.false_alarms], [found.missed, found.caught]]
    np.testing.assert_array_equal(confusion, reference.confusion_matrix(labels, alarm))
    assert found.recall.value == pytest.approx(reference.recall_score(labels, alarm))
    assert found.alarms.value == pytest.approx(1000 * weight[alarm].sum())
    assert found.f1.value == pytest.approx(reference.f1_score(labels, alarm, sample_weight=weight, zero_division=0))
    if alarm.any():
        assert found.precision.value == pytest.approx(reference.precision_score(labels, alarm, sample_weight=weight))
    else:
        assert found.precision == MetricValue(None)
    for score in (found.recall, found.false_alarm_rate, found.precision, found.f1, found.alarms):
        assert score.value is None or score.low <= score.value <= score.high


def test_a_score_at_the_threshold_is_no_alarm():
    found = at_threshold(np.array([0, 1, 1]), np.array([1.0, 1.0, 2.0]), 1.0)
    assert (found.caught, found.missed, found.false_alarms, found.passed) == (1, 1, 0, 1)


def test_without_a_stated_prevalence_precision_is_that_of_the_rows():
    labels, scores = np.array([1, 1, 1, 0, 0, 0]), np.array([3.0, 2.0, 0.0, 2.0, 0.0, 0.0])
    assert at_threshold(labels, scores, 1.0).precision.value == pytest.approx(2 / 3)


def test_three_right_alarms_are_no_certainty():
    labels, scores = np.repeat([1, 0], [3, 1000]), np.repeat([2.0, 0.0], [3, 1000])
    precision = at_threshold(labels, scores, 1.0).precision
    assert precision.value == 1
    assert 0.2 < precision.low < 0.9


@pytest.mark.heavy
def test_the_interval_of_precision_covers_the_truth_as_often_as_it_says():
    rng, recall, false_alarm_rate, prevalence = np.random.default_rng(0), 0.7, 0.01, 0.005
    truth = prevalence * recall / (prevalence * recall + (1 - prevalence) * false_alarm_rate)
    covered = 0
    for _ in range(300):
        labels = np.repeat([1, 0], [40, 800])
        scores = (rng.random(840) < np.where(labels == 1, recall, false_alarm_rate)).astype(float)
        found = at_threshold(labels, scores, 0.5, prevalence=prevalence).precision
        covered += found.value is not None and found.low <= truth <= found.high
    assert covered / 300 == pytest.approx(0.95, abs=0.035)


def test_the_share_of_alarms_needs_no_labels():
    share = alarm_share(np.arange(200.0), 189.0)
    assert share.value == pytest.approx(0.05)
    assert share.low < 0.05 < share.high
