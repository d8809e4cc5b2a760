from dataclasses import replace

import pytest
from plans import SMALL_PLAN

from saccade.tuning.expected_time import expected_seconds, reserved_seconds
from saccade.tuning.records import TrialResult

PLAN = replace(SMALL_PLAN, seeds=3, whole=100)


def result(trial, planned, seconds, rung=0):
    return TrialResult(trial, rung, None, {}, "val_accuracy", 0.5, 0.5, seconds, planned)


def test_the_plan_counts_before_anything_is_known():
    assert expected_seconds([], 5) == 5
    assert reserved_seconds([], PLAN, 6) == 6 * 21 + 1


def test_trainings_that_take_longer_than_planned_change_what_is_expected():
    known = [result(0, 5, 8), result(1, 5, 10)]
    assert expected_seconds(known, 5) == pytest.approx(9)
    assert expected_seconds(known, 20) == pytest.approx(24)  # by so many seconds, not so many times
    assert reserved_seconds(known, PLAN, 6) == pytest.approx(6 * 25 + 1)


def test_the_newest_count_where_the_machine_has_changed():
    known = [*(result(trial, 5, 50) for trial in range(10)), *(result(trial, 5, 5) for trial in range(10, 14))]
    assert expected_seconds(known, 5) == pytest.approx(5)


def test_what_failed_says_nothing_of_the_time():
    assert expected_seconds([replace(result(1, 5, 0.1), error="diverged")], 5) == 5


def test_trainings_as_long_as_the_recipe_asks_for_do_not_end_by_the_clock():
    whole = replace(PLAN, whole=20)
    assert whole.as_long_as_asked
    assert not whole.is_timed(20)
    assert whole.is_timed(5)
    assert PLAN.is_timed(20)
