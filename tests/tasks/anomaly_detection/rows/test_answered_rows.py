"""Rows by their scores: the highest, false alarms, and anomalies that were missed."""

import pytest

from saccade.core.errors import RunError
from saccade.evaluation.answered_split import answered_split
from saccade.tasks.anomaly_detection.threshold import Threshold

pytestmark = pytest.mark.heavy


def score(one):
    return float(one.detail.partition(":")[0].removeprefix("score "))


def test_the_highest_scores_come_first_with_their_columns(table_run):
    highest = answered_split(table_run, split="calibration").group("highest").inputs
    found = [score(each) for each in highest]
    assert found == sorted(found, reverse=True)
    assert all(each.inspect[0] == "--row" and f"row {each.inspect[1]}" == each.name for each in highest)
    assert ": " in highest[0].detail


def test_false_alarms_lie_above_the_threshold_and_missed_anomalies_do_not(table_run):
    found, threshold = answered_split(table_run, split="calibration"), table_run.load(Threshold).value
    wrong = {True: 0, False: 0}
    for key, is_alarm, label in (("false", True, "normal"), ("missed", False, "anomaly")):
        group = found.group(key)
        for each in group.inputs if group else ():
            assert (score(each) > threshold * 0.999) == is_alarm and each.true == label
        wrong[is_alarm] = group.count if group else 0
    assert sum(wrong.values()) == sum(not is_right for is_right in found.right.values())
    assert len(found.right) == found.count


def test_the_test_rows_stay_sealed(table_run):
    with pytest.raises(RunError, match="is sealed"):
        answered_split(table_run, split="test")
