import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saccade.core.errors import RunError
from saccade.tasks.classification import calibration, calibration_fitting
from saccade.tasks.classification.calibration import Calibration, calibrated

pytestmark = pytest.mark.heavy


def answers(count, *, sureness=1.0, classes=5, seed=0):
    """Return labels and what a network says that is `sureness` times as sure as it should be."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 4, (count, classes))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (honest.cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    return labels, calibrated(honest.astype(np.float32), 1 / sureness)


@pytest.mark.parametrize("sureness", [0.5, 1.0, 2.5])
def test_the_temperature_undoes_what_makes_a_network_too_sure(sureness):
    found = calibration_fitting.fit(*answers(5000, sureness=sureness))
    assert found.temperature == pytest.approx(sureness, rel=0.06)
    assert found.loss[1] <= found.loss[0]
    if sureness != 1:
        assert found.error[1] < found.error[0] / 3


def test_a_few_images_that_are_all_right_do_not_make_it_certain():
    few = np.full((20, 3), 0.1, np.float32)
    few[:, 0] = 0.8
    assert calibration_fitting.fit(np.zeros(20, np.int64), few).temperature > 0.4


@settings(deadline=None)
@given(st.floats(0.05, 20), st.integers(2, 12), st.integers(0, 100))
def test_another_temperature_keeps_the_order_and_the_sum(temperature, classes, seed):
    before = np.random.default_rng(seed).dirichlet(np.ones(classes), 7).astype(np.float32)
    after = calibrated(before, temperature)
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)


def test_a_probability_of_exactly_zero_stays_finite():
    assert np.isfinite(calibrated(np.array([[1, 0, 0]], np.float32), 3)).all()


@pytest.mark.slow
def test_the_promise_of_a_level_is_kept_in_at_least_95_of_100_runs():
    promised, broken = 0.1, 0
    labels, probabilities = answers(100_000, classes=3, seed=1)
    wrong = probabilities.argmax(axis=1) != labels
    for run in range(100):
        rows = np.random.default_rng(run).integers(0, len(labels), 400)
        found = calibration_fitting.fit(labels[rows], probabilities[rows])
        answered = calibrated(probabilities, found.temperature).max(axis=1) >= found.level(promised).threshold
        broken += wrong[answered].mean() > promised
    assert broken <= 5


def test_a_larger_error_answers_no_fewer_images():
    found = calibration_fitting.fit(*answers(3000))
    coverages = [found.level(error).coverage for error in (0.05, 0.1, 0.2, 0.5)]
    assert coverages == sorted(coverages)
    assert found.level(0.9).threshold == 0
    assert found.level(0.9).coverage == 1


def test_too_few_images_cannot_promise_much():
    found = calibration_fitting.fit(*answers(50))
    with pytest.raises(RunError, match="on the 50 validation images.*more validation images"):
        found.level(0.01)


def test_answers_that_are_equally_sure_stand_on_one_level():
    labels, probabilities = np.zeros(100, np.int64), np.full((100, 2), 0.5, np.float32)
    assert [level.coverage for level in calibration_fitting.fit(labels, probabilities).levels] == [1]


def test_a_calibration_is_read_back_as_it_was_written():
    found = calibration_fitting.fit(*answers(300))
    assert Calibration.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_very_many_probabilities_are_corrected_in_portions_to_the_same(monkeypatch):
    answers = np.random.default_rng(0).dirichlet(np.ones(7), 100).astype(np.float32)
    whole = calibrated(answers, 1.7)
    monkeypatch.setattr(calibration, "AT_ONCE", 20)
    np.testing.assert_array_equal(calibrated(answers, 1.7), whole)


def test_correcting_probabilities_takes_little_more_than_they_do():
    answers = np.full((2_000, 5_000), 1 / 5_000, np.float32)
    tracemalloc.start()
    calibrated(answers, 1.7)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * answers.nbytes
