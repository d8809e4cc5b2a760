"""Every point of a curve is what its own threshold does; curves are thinned, never bent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from saccade.tasks.anomaly_detection.metrics import at_threshold, curve
from saccade.tasks.anomaly_detection.metrics.curves import POINTS

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5)), max_size=60).map(
    lambda rows: np.array([(0, -1), (1, 1), *rows]).T
)


@pytest.mark.heavy
@settings(deadline=None)
@given(ROWS, st.floats(0.01, 0.9))
def test_every_point_is_what_its_threshold_does(rows, prevalence):
    labels, scores = rows
    columns = curve(labels, scores.astype(float), prevalence=prevalence).columns
    for number, threshold in enumerate(columns["threshold"]):
        found = at_threshold(labels, scores, -np.inf if threshold is None else threshold, prevalence=prevalence)
        for name in ("recall", "false_alarm_rate", "precision", "f1", "alarms"):
            assert columns[name][number] == pytest.approx(getattr(found, name).value), (name, threshold)


@pytest.mark.heavy
@settings(deadline=None)
@given(ROWS)
def test_precision_and_recall_belong_to_the_thresholds_that_scikit_learn_gives_them(rows):
    labels, scores = rows
    columns = curve(labels, scores.astype(float)).columns
    precision, recall, thresholds = reference.precision_recall_curve(labels, scores)
    ours = dict(zip(columns["threshold"], zip(columns["precision"], columns["recall"], strict=True), strict=True))
    for number in range(1, len(thresholds)):  # there, scores at the threshold count: ours is the next one below
        assert ours[thresholds[number - 1]] == pytest.approx((precision[number], recall[number]))


def test_a_curve_goes_from_no_alarm_to_nothing_but_alarms():
    columns = curve(np.array([0, 1, 0, 1]), np.array([0.0, 1.0, 2.0, 3.0])).columns
    assert (columns["threshold"][0], columns["precision"][0], columns["alarms"][0]) == (3.0, None, 0)
    assert (columns["threshold"][-1], columns["recall"][-1], columns["alarms"][-1]) == (None, 1, 1000)
    assert len({len(column) for column in columns.values()}) == 1


def test_many_scores_are_thinned_to_a_curve_with_the_same_area():
    rng = np.random.default_rng(0)
    labels = (rng.random(50_000) < 0.01).astype(int)
    scores = rng.normal(size=50_000) + 2 * labels
    columns = curve(labels, scores).columns
    assert len(columns["recall"]) <= POINTS
    area = np.trapezoid(columns["recall"], columns["false_alarm_rate"])
    assert area == pytest.approx(reference.roc_auc_score(labels, scores), abs=0.002)
    assert min(each for each in columns["alarms"] if each) < 1  # the end that matters has points too


def test_scores_that_are_all_equal_leave_two_points():
    assert curve(np.array([0, 1, 0]), np.ones(3)).columns["recall"] == (0, 1)
