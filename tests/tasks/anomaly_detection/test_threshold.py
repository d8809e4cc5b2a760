import json

import numpy as np
import pytest

from saccade.tasks.anomaly_detection.threshold import EXACT, STEP, Ranks, Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import read
from saccade.tasks.anomaly_detection.thresholding import choose


def exact_p_values(calibration, scores):
    """Count as the definition says."""
    return (1 + (calibration[None, :] >= scores[:, None]).sum(axis=1)) / (len(calibration) + 1)


@pytest.mark.parametrize("rows", [1, 2, 100, EXACT])
def test_p_values_from_few_rows_are_exact(rows):
    rng = np.random.default_rng(0)
    calibration = rng.integers(0, 50, rows).astype(float)
    scores = np.concatenate([calibration, rng.uniform(-1, 51, 200)])
    assert np.array_equal(Ranks.of(calibration).p_values(scores), exact_p_values(calibration, scores))


@pytest.mark.parametrize("ties", [False, True])
def test_p_values_from_many_rows_are_never_too_small_and_at_most_one_percent_too_large(ties):
    rng = np.random.default_rng(1)
    calibration = rng.lognormal(size=60_000)
    if ties:
        calibration = np.round(calibration, 2)
    ranks = Ranks.of(calibration)
    scores = np.concatenate([rng.choice(calibration, 300), rng.lognormal(size=300), np.sort(calibration)[-100:]])
    told, exact = ranks.p_values(scores), exact_p_values(calibration, scores)
    assert (told >= exact).all()
    assert (told <= exact * (1 + STEP) + 1 / 60_000).all()
    few = exact * 60_001 <= EXACT
    assert few.sum() > 50
    assert np.array_equal(told[few], exact[few])
    assert len(ranks.scores) < 1500


def test_a_row_without_a_score_is_an_alarm_with_the_smallest_p_value():
    threshold = choose(np.arange(999.0), asked=read("alarms=1%"))
    scores = np.array([np.nan, np.inf, 0.0])
    assert threshold.is_alarm(scores).tolist() == [True, True, False]
    assert threshold.p_values(scores) == pytest.approx([0.001, 0.001, 1])


def test_an_alarm_by_p_value_is_an_alarm_by_score():
    rng = np.random.default_rng(2)
    threshold = choose(rng.lognormal(size=1234), asked=read("p_value=0.03"))
    scores = rng.lognormal(size=20_000)
    assert np.array_equal(threshold.is_alarm(scores), threshold.p_values(scores) <= 0.03)


@pytest.mark.parametrize("asked", ["alarms=5/day", "budget=5/100", "cost=miss=50,alarm=1", "extreme_value=0.0001"])
@pytest.mark.parametrize("labelled", [False, True])
def test_written_as_json_it_can_be_read_again(asked, labelled):
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], [2000, 30])
    if not labelled and asked.startswith("cost"):
        pytest.skip("takes labels")
    scores = rng.chisquare(5, 2030) * (1 + 3 * labels)
    threshold = choose(scores, labels if labelled else None, asked=read(asked), rows_per_day=700)
    again = Threshold.from_dict(json.loads(json.dumps(threshold.to_dict(), allow_nan=False)))
    assert again == threshold
    assert again.sentence == threshold.sentence


def test_the_sentence_says_what_it_is_for_whom_it_holds_and_what_was_taken_for_granted():
    rng = np.random.default_rng(4)
    labels = np.repeat([0, -1, 1], [1500, 499, 30])
    threshold = choose(rng.chisquare(5, 2029) * np.where(labels == 1, 4, 1), labels, asked=read("alarms=10/day"),
                       rows_per_day=2000, prevalence=0.002)  # fmt: skip
    for words in (
        "Asked: at most 10 false alarms a day.",
        "Expected: 5 (2.4 to 8.53) false alarms in a thousand normal rows",
        "a day, from 1,999 calibration rows",
        "Of 30 labelled anomalies it finds",
        "where 0.200% of the rows are anomalies",
        "499 of the rows have no label and are taken for normal",
    ):
        assert words in threshold.sentence
    assert threshold.alarms_per_day.value == pytest.approx(0.005 * 2000 * 0.998)
