"""A verdict of forests: the same for the same input, whatever threads do, and right where it is known."""

import numpy as np
import pytest

from saccade.core import cross_validation


@pytest.fixture(autouse=True)
def whole_forests(monkeypatch):
    """As users have them: other tests do with fewer trees."""
    monkeypatch.setattr(cross_validation, "TREES", 60)


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(1500, 8)).astype(np.float32)
    return features, rng.random(1500) < 0.5 + 0.2 * np.sign(features[:, 0])


def test_threads_do_not_change_an_answer(samples):
    # 1,200 rows are enough for threads; ten answers of a forest that adds up by threads are nine different ones
    forest = cross_validation._forest(*samples, seed=3)
    assert len({forest.predict_proba(samples[0]).tobytes() for _ in range(10)}) == 1


@pytest.mark.heavy
def test_the_interval_holds_what_is_known(samples):
    # the sign of one column tells the samples apart with an AUC of .7 at most
    verdict = cross_validation.auc(*samples, units=np.arange(1500))
    assert 0.6 < verdict.score.low < verdict.score.value < 0.7 < verdict.score.high + 0.05


@pytest.mark.heavy
def test_what_cannot_be_told_apart_is_left_at_chance(samples):
    features, _ = samples
    random = np.random.default_rng(1).random(len(features)) < 0.5
    verdict = cross_validation.auc(features, random, units=np.arange(len(features)))
    assert verdict.low < verdict.chance == 0.5
