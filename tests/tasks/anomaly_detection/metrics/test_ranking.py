"""ROC AUC and average precision are those of scikit-learn, ties included; their intervals hold what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.metrics import difference, rankings
from saccade.tasks.anomaly_detection.metrics import ranking as module


@st.composite
def scored_rows(draw):
    """Labels of both kinds, and scores with many ties."""
    labels = np.array([0, 1, *draw(st.lists(st.integers(0, 1), max_size=40))])
    numbers = st.one_of(st.integers(-3, 3), st.floats(-1e6, 1e6))
    scores = draw(st.lists(numbers, min_size=len(labels), max_size=len(labels)))
    return labels, np.array(scores, np.float64)


def weights(labels, prevalence):
    """Return row weights with which anomalies make up a share."""
    anomalies = labels.sum()
    return np.where(labels == 1, prevalence / anomalies, (1 - prevalence) / (len(labels) - anomalies))


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(module, "RESAMPLES", 3)


def gaussian(anomalies, normal, *, seed=0, shift=2.0):
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.normal(shift, 1, anomalies), rng.normal(0, 1, normal)])
    return np.repeat([1, 0], [anomalies, normal]), scores


@pytest.mark.heavy
@settings(deadline=None)
@given(scored_rows(), st.one_of(st.none(), st.floats(0.001, 0.999)))
def test_both_areas_are_those_of_scikit_learn(rows, prevalence):
    labels, scores = rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RESAMPLES", 2)
        found = rankings(labels, {"it": scores}, prevalence=prevalence)["it"]
    weight = None if prevalence is None else weights(labels, prevalence)
    assert found.roc_auc.value == pytest.approx(roc_auc_score(labels, scores))
    expected = average_precision_score(labels, scores, sample_weight=weight)
    assert found.average_precision.value == pytest.approx(expected)


@pytest.mark.heavy
@settings(deadline=None, max_examples=25)
@given(scored_rows(), st.floats(0.01, 0.5))
def test_every_resample_is_what_scikit_learn_says_of_the_rows_that_were_drawn(rows, prevalence):
    labels, scores = rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RESAMPLES", 3)
        found = rankings(labels, {"it": scores}, prevalence=prevalence)["it"]
        drawn = [np.concatenate(each) for each in module._resamples(labels)]
    ordered, sorted_labels = np.concatenate([scores[labels == 1], scores[labels == 0]]), np.sort(labels)[::-1]
    for number, counts in enumerate(drawn):
        weight = counts * weights(sorted_labels, prevalence)
        assert found.resampled["roc_auc"][number] == pytest.approx(
            roc_auc_score(sorted_labels, ordered, sample_weight=counts)
        )
        assert found.resampled["average_precision"][number] == pytest.approx(
            average_precision_score(sorted_labels, ordered, sample_weight=weight)
        )


@pytest.mark.usefixtures("few_resamples")
def test_average_precision_falls_with_the_prevalence_and_roc_auc_does_not():
    labels, scores = gaussian(100, 900)
    natural, rare = (rankings(labels, {"it": scores}, prevalence=share)["it"] for share in (None, 0.001))
    assert rare.average_precision.value < natural.average_precision.value / 2
    assert rare.roc_auc == natural.roc_auc


@pytest.mark.slow
def test_the_intervals_cover_the_truth_about_as_often_as_they_say(monkeypatch):
    monkeypatch.setattr(module, "RESAMPLES", 200)
    truth = rankings(*_one(gaussian(100_000, 200_000, seed=99)), prevalence=0.02)["it"]
    covered = np.zeros(2)
    for seed in range(80):
        found = rankings(*_one(gaussian(40, 600, seed=seed)), prevalence=0.02)["it"]
        pairs = ((truth.roc_auc, found.roc_auc), (truth.average_precision, found.average_precision))
        covered += [each.low <= true.value <= each.high for true, each in pairs]
    assert (covered / 80 >= 0.87).all()
    assert (covered / 80 < 1).all()


def _one(rows):
    return rows[0], {"it": rows[1]}


def test_an_interval_lies_within_0_and_1_and_around_its_value():
    found = rankings(*_one(gaussian(6, 400, shift=3)))["it"]
    for score in (found.roc_auc, found.average_precision):
        assert 0 <= score.low < score.value < score.high <= 1


def test_perfect_scores_and_a_single_anomaly_have_no_interval():
    labels = np.array([0, 0, 0, 1, 1])
    assert rankings(labels, {"it": np.arange(5.0)})["it"].roc_auc == MetricValue(1.0)
    alone = rankings(np.array([0, 0, 1, 0]), {"it": np.arange(4.0)})["it"]
    assert alone.roc_auc == MetricValue(pytest.approx(2 / 3))


def test_the_same_scores_differ_by_exactly_nothing():
    labels, scores = gaussian(30, 300)
    found = rankings(labels, {"first": scores, "second": scores})
    assert difference(found["first"], found["second"], "roc_auc") == MetricValue(0.0)


def test_a_paired_difference_is_surer_than_two_intervals():
    labels, scores = gaussian(200, 2000, shift=1.0)
    better = scores + 0.5 * labels
    found = rankings(labels, {"first": scores, "second": better})
    gap = difference(found["first"], found["second"], "roc_auc")
    assert gap.low > 0
    assert gap.value == pytest.approx(found["second"].roc_auc.value - found["first"].roc_auc.value)
    apart = found["second"].roc_auc.high - found["second"].roc_auc.low
    assert gap.high - gap.low < 0.8 * apart


def test_rankings_of_the_same_rows_in_two_calls_can_be_compared_too():
    labels, scores = gaussian(50, 500)
    together = rankings(labels, {"first": scores, "second": scores**3})
    alone = rankings(labels, {"first": scores})["first"]
    np.testing.assert_array_equal(together["first"].resampled["roc_auc"], alone.resampled["roc_auc"])
