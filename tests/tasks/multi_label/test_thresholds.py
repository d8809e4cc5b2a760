import numpy as np
import pytest
from sklearn.metrics import f1_score

from saccade.tasks.multi_label.thresholds import HALF, Thresholds, best, choose, halves

TAGS = ("common", "rare")


def draws(count=400, *, seed=0):
    rng = np.random.default_rng(seed)
    truth = (rng.random((count, 2)) < (0.4, 0.01)).astype(np.uint8)
    answers = np.clip(0.3 * truth + 0.5 * rng.random((count, 2)), 0, 1).astype(np.float32)
    return truth, answers


@pytest.mark.heavy
def test_the_threshold_has_the_best_f1_of_all():
    truth, answers = draws()
    value, f1 = best(truth[:, 0], answers[:, 0])
    assert f1 == pytest.approx(f1_score(truth[:, 0], answers[:, 0] >= value))
    every = [f1_score(truth[:, 0], answers[:, 0] >= each) for each in np.unique(answers[:, 0])]
    assert f1 == pytest.approx(max(every))


def test_equal_probabilities_are_not_told_apart():
    assert best(np.array([1, 0, 1, 0], np.uint8), np.full(4, 0.7, np.float32))[0] <= 0.7


def test_a_rare_label_gets_the_common_threshold():
    truth, answers = draws()
    found = choose(truth, answers, TAGS)
    assert [each.own for each in found.labels] == [True, False]
    assert found.labels[1].value == best(truth.ravel(), answers.ravel())[0]
    assert "1 of 2 have one of their own" in found.sentence


def test_where_nothing_is_known_it_is_half():
    assert choose(np.zeros((5, 2), np.uint8), np.zeros((5, 2), np.float32), TAGS) == halves(TAGS)
    assert halves(TAGS).values.tolist() == [HALF, HALF]


def test_thresholds_come_back_as_they_were_written():
    found = choose(*draws(), TAGS)
    assert Thresholds.from_dict(found.to_dict()) == found
    with pytest.raises(ValueError, match="threshold"):
        Thresholds.from_dict({"images": 1, "labels": [{**found.to_dict()["labels"][0], "value": 1.5}]})
