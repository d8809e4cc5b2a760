"""Scores of a split become a detection that says in plain words what simple detectors do better."""

import json
from dataclasses import replace

import numpy as np
import pytest

from saccade.core import registry
from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.evaluation import Detection, Probe, Promise, Rival
from saccade.tasks.anomaly_detection.measuring import Prevalence, Scored, detection, prevalence, simple_detectors

LABELS = np.repeat([1, 0], [100, 1900])
TRUTH = np.random.default_rng(0).normal(size=2000) + 2.0 * LABELS
NOISE = np.random.default_rng(1).normal(size=2000)
RARE = Prevalence(0.002, "stated")


def judged(scores=TRUTH, labels=LABELS, **options):
    return detection("test", labels, scores, **{"prevalence": RARE, **options})


def test_a_better_simple_detector_is_recommended():
    others = {"nearest_neighbours": Scored(TRUTH, 500), "pca": Scored(NOISE, 500)}
    found = judged(TRUTH + 2 * NOISE, others=others)
    assert [each.name for each in found.rivals] == ["pca", "nearest_neighbours"]
    assert found.best_rival().trained_on == 500
    assert "nearest neighbours (0.9" in found.verdict
    assert "use that" in found.verdict
    gain = found.best_rival().roc_auc_gain
    assert gain.low < gain.value < gain.high < 0


def test_a_better_network_is_said_to_be_better():
    found = judged(others={"pca": Scored(TRUTH + 3 * NOISE, 500)})
    assert "it is better than the best simple detector, PCA" in found.verdict
    assert "use that" not in found.verdict


def test_a_difference_that_chance_explains_does_not_beat_anything():
    found = judged(TRUTH + 0.02 * NOISE, others={"pca": Scored(TRUTH - 0.02 * NOISE, 500)})
    assert "it does not beat PCA" in found.verdict


def test_a_network_that_training_did_not_help_is_said():
    found = judged(others={"untrained": Scored(TRUTH)})
    assert found.untrained.roc_auc_gain == MetricValue(0.0)
    assert found.rivals == ()
    assert "before training" in found.verdict


def test_the_numbers_speak_of_the_prevalence_that_they_name():
    found = judged(threshold=1.0)
    assert found.split_prevalence == 0.05
    assert "at a prevalence of 0.2% (as stated; the split itself has 5%)" in found.verdict
    natural = judged(threshold=1.0, prevalence=Prevalence(0.05, "the table"))
    assert found.at_threshold.precision.value < natural.at_threshold.precision.value / 5
    assert found.at_threshold.recall == natural.at_threshold.recall
    assert "the split itself" not in natural.verdict


def test_without_labels_only_alarms_are_told():
    found = judged(
        labels=np.full(2000, -1),
        prevalence=None,
        threshold=2.0,
        promised=MetricValue(0.05, 0.04, 0.06),
        others={"pca": Scored(NOISE)},
    )
    assert (found.roc_auc, found.at_threshold, found.curve, found.rivals) == (None, None, None, ())
    assert found.verdict.startswith("None of the 2,000 test rows is labelled as an anomaly")
    assert found.promise.rows == 2000
    assert "without a label" in found.to_text()


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (MetricValue(0.2, 0.15, 0.25), "more than"),
        (MetricValue(0.01, 0.005, 0.02), "fewer than"),
        (MetricValue(0.06, 0.03, 0.09), "kept"),
    ],
)
def test_a_promise_is_compared_with_what_came_of_it(found, word):
    assert word in Promise(1.0, MetricValue(0.05, 0.04, 0.06), found, 1000).sentence


def test_a_promise_without_intervals_only_names_the_numbers():
    assert Promise(1.0, MetricValue(None), MetricValue(0.05, 0.04, 0.06), 9).sentence.endswith("– was promised.")


def test_rows_without_a_label_count_for_the_promise_only():
    labels = LABELS.copy()
    labels[100:600] = -1
    found = judged(labels=labels, threshold=1.5, promised=MetricValue(0.05, 0.04, 0.06))
    assert (found.rows, found.anomalies, found.normal, found.unlabelled) == (2000, 100, 1400, 500)
    assert found.promise.rows == 1900
    table = found.at_threshold
    assert table.caught + table.missed + table.false_alarms + table.passed == 1500


def test_what_is_written_can_be_read_again():
    found = judged(
        others={"pca": Scored(NOISE, 7), "untrained": Scored(NOISE)},
        threshold=1.0,
        promised=MetricValue(0.01, 0.005, 0.02),
        probes=[
            Probe(
                "shuffled", MetricValue(0.9, 0.8, 0.95), copied=0.3, untrained=MetricValue(0.5), gain=MetricValue(0.4)
            )
        ],
        findings=[Finding("few_anomalies", "warning", "Only 3.", examples=(("row 1", "row 2"),))],
    )
    written = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert written["task"] == "anomaly_detection"
    assert Detection.from_dict(written) == found
    assert Detection.from_dict({**written, "accesses": [{}, {}]}).accesses == 2


def test_a_terminal_shows_every_number_within_eighty_columns():
    text = judged(
        others={name: Scored(NOISE, 7) for name in [*registry.names("detectors"), "untrained"]},
        threshold=1.0,
        promised=MetricValue(0.01, 0.005, 0.02),
        probes=[Probe("30 deviations", MetricValue(0.9, 0.8, 0.95), copied=0.3)],
        findings=[Finding("few_anomalies", "warning", "Only 3 of them.", "Collect more.")],
    ).to_text(width=80)
    for said in (
        "network",
        "ECOD",
        "nearest neighbours",
        "untrained",
        "recall",
        "alarms a thousand",
        "30 deviations",
        "Only 3",
    ):
        assert said in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_the_prevalence_is_the_tables_unless_one_is_stated():
    table = np.array([0] * 997 + [1] * 3 + [-1] * 50)
    assert prevalence(np.array([0, 1]), table, None) == Prevalence(0.003, "the table")
    assert prevalence(np.array([0, 1]), table, 0.01) == Prevalence(0.01, "stated")
    assert prevalence(np.array([0, -1]), table, 0.01) is None


def test_every_simple_detector_is_asked():
    rng = np.random.default_rng(0)
    training, asked = (rng.normal(size=(count, 4)).astype(np.float32) for count in (200, 30))
    found = simple_detectors(training, asked, seed=0)
    assert list(found) == registry.names("detectors")
    assert all(each.scores.shape == (30,) and each.trained_on == 200 for each in found.values())


def test_a_network_that_leads_by_one_measure_is_not_told_to_give_way():
    level = MetricValue(0.9, 0.88, 0.92)
    behind, ahead = MetricValue(-0.02, -0.03, -0.01), MetricValue(0.1, 0.05, 0.15)
    rival = Rival("pca", level, level, roc_auc_gain=behind, average_precision_gain=ahead)
    found = replace(judged(), rivals=(rival,), untrained=replace(rival, name="untrained"))
    assert "PCA (0.9000) is better by 0.010 to 0.030." in found.verdict
    assert "use that" not in found.verdict
    assert "before training" not in found.verdict
    assert "use that" in replace(found, rivals=(replace(rival, average_precision_gain=behind),)).verdict
