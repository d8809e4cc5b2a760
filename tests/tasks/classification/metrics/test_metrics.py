"""The scores are those of scikit-learn, on answers where it defines them."""

import numpy as np
import pytest
from sklearn import metrics as reference

from saccade.core import registry
from saccade.core.metric_value import MetricValue

CLASSES = 5


def compute(name, labels, probabilities):
    return registry.load("metrics", name).compute(np.asarray(labels), np.asarray(probabilities))


def values(per_class):
    return [score.value for score in per_class.scores]


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, 400)
    probabilities = rng.dirichlet(np.ones(CLASSES), 400)
    probabilities[np.arange(400), labels] += 0.4
    return labels, (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)


def test_accuracy_is_the_share_of_right_answers(answers):
    labels, probabilities = answers
    score = compute("accuracy", *answers)
    assert score.value == pytest.approx(reference.accuracy_score(labels, probabilities.argmax(axis=1)))


def test_accuracy_of_9900_in_10000_has_the_known_interval():
    labels = np.zeros(10_000, np.int64)
    probabilities = np.tile([1.0, 0.0], (10_000, 1))
    probabilities[:100] = [0.0, 1.0]
    score = compute("accuracy", labels, probabilities)
    assert str(score) == "0.9900 (0.9879 to 0.9918)"


def test_balanced_accuracy_is_the_mean_recall(answers):
    labels, probabilities = answers
    score = compute("balanced_accuracy", *answers)
    assert score.value == pytest.approx(reference.balanced_accuracy_score(labels, probabilities.argmax(axis=1)))
    assert score.low < score.value < score.high
    always_first = np.tile([1.0, 0.0, 0.0], (100, 1))
    assert (
        compute("balanced_accuracy", np.repeat([0, 1], [90, 10]), always_first).value == 0.5
    )  # of those that are there


def test_loss_is_the_cross_entropy(answers):
    labels, probabilities = answers
    expected = reference.log_loss(labels, probabilities, labels=range(CLASSES))
    assert compute("loss", *answers).value == pytest.approx(expected, rel=1e-5)


def test_loss_of_a_certain_wrong_answer_is_large_but_finite():
    assert compute("loss", [0], [[0.0, 1.0]]) == MetricValue(pytest.approx(-np.log(1e-7)))


def test_loss_of_guessing_evenly_is_the_logarithm_of_the_classes():
    assert compute("loss", [0, 1, 2], np.full((3, 4), 0.25)).value == pytest.approx(np.log(4))


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_scores_a_class_are_those_of_scikit_learn(name, answers):
    labels, probabilities = answers
    of = getattr(reference, f"{name}_score")
    expected = of(labels, probabilities.argmax(axis=1), average=None)
    assert values(compute(name, *answers)) == pytest.approx(expected.tolist())


def test_macro_f1_is_the_mean_over_classes(answers):
    labels, probabilities = answers
    expected = reference.f1_score(labels, probabilities.argmax(axis=1), average="macro")
    assert compute("macro_f1", *answers).value == pytest.approx(expected)


def test_confusion_has_true_classes_in_rows(answers):
    labels, probabilities = answers
    expected = reference.confusion_matrix(labels, probabilities.argmax(axis=1))
    assert np.array_equal(compute("confusion", *answers).counts, expected)


def test_support_counts_images(answers):
    assert values(compute("support", *answers)) == np.bincount(answers[0]).tolist()


def test_a_class_that_is_never_predicted_has_no_precision():
    labels, probabilities = [0, 1], [[0.9, 0.1], [0.8, 0.2]]
    assert values(compute("precision", labels, probabilities)) == [0.5, None]
    assert values(compute("recall", labels, probabilities)) == [1.0, 0.0]
    assert values(compute("f1", labels, probabilities)) == pytest.approx([2 / 3, 0.0])


def test_a_class_without_images_that_is_never_predicted_does_not_count():
    labels, probabilities = [0, 1], [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]
    assert values(compute("f1", labels, probabilities)) == [1.0, 1.0, None]
    assert compute("macro_f1", labels, probabilities) == MetricValue(1.0)


def test_three_right_images_are_not_certainty():
    score = compute("f1", [0, 0, 0], [[0.9, 0.1]] * 3).scores[0]
    assert score.value == 1
    assert score.low == pytest.approx(0.609, abs=0.001)


def test_the_interval_of_macro_f1_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    truth = np.array([[30, 10], [5, 55]]) / 100
    expected = np.mean([2 * 0.3 / 0.75, 2 * 0.55 / 1.25])
    covered = 0
    for _ in range(200):
        cells = rng.choice(4, 300, p=truth.ravel())
        labels, predicted = cells // 2, cells % 2
        score = compute("macro_f1", labels, np.eye(2)[predicted])
        covered += score.low <= expected <= score.high
    assert covered / 200 == pytest.approx(0.95, abs=0.04)


def honest(count, classes=4, seed=0):
    """Return labels that are drawn from the very probabilities that are answered."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), count)
    return (probabilities.cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1), probabilities


@pytest.mark.heavy
def test_a_network_that_means_what_it_says_has_no_calibration_error():
    score = compute("calibration_error", *honest(50_000))
    assert score.value < 0.01
    assert score.low <= score.value <= score.high


def test_a_network_that_is_always_sure_and_half_right_is_off_by_half():
    labels, probabilities = np.arange(1000) % 2, np.tile([1.0, 0.0], (1000, 1))
    assert compute("calibration_error", labels, probabilities).value == pytest.approx(0.5)


def test_chance_explains_more_of_the_calibration_error_on_fewer_images():
    by_chance = registry.load("metrics", "calibration_error").by_chance
    few, many = by_chance(*honest(200)), by_chance(*honest(20_000))
    assert 0 < many < few / 4
    below = [compute("calibration_error", *honest(200, seed=seed)).value < few for seed in range(40)]
    assert np.mean(below) > 0.85


def test_the_reliability_curve_counts_every_image_once_and_says_what_happens():
    labels, probabilities = honest(30_000)
    curve = compute("reliability", labels, probabilities).columns
    assert sum(curve["images"]) == 30_000
    assert max(curve["images"]) - min(curve["images"]) <= 1
    assert list(curve["confidence"]) == sorted(curve["confidence"])
    inside = [
        low <= sure <= high for low, sure, high in zip(*(curve[n] for n in ("low", "confidence", "high")), strict=True)
    ]
    assert np.mean(inside) >= 0.8
    weighted = np.average(curve["accuracy"], weights=curve["images"])
    assert weighted == pytest.approx(compute("accuracy", labels, probabilities).value)


def test_at_full_coverage_the_risk_is_the_error():
    labels, probabilities = honest(500)
    curve = compute("risk_coverage", labels, probabilities).columns
    assert curve["coverage"][-1] == 1
    assert curve["error"][-1] == pytest.approx(1 - compute("accuracy", labels, probabilities).value)
    assert list(curve["threshold"]) == sorted(curve["threshold"], reverse=True)
    sure = probabilities.max(axis=1)
    for coverage, threshold in zip(curve["coverage"], curve["threshold"], strict=True):
        assert (sure >= threshold).mean() == pytest.approx(coverage)
