from dataclasses import replace

import pytest
from plans import SMALL_PLAN

from saccade.tuning.last_trial import next_length

AS_ASKED = replace(SMALL_PLAN, budget=100, whole=10, longest=10, rungs=(10,))


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        pytest.param(35, 10, id="whole, where two more follow"),
        pytest.param(18, 9, id="two share what is enough for less than two"),
        pytest.param(9, 9, id="the last takes what is left"),
        pytest.param(11, 10, id="whole, where little would be left over"),
        pytest.param(5, 0, id="none, where there is hardly half of the time"),
        pytest.param(-3, 0, id="none, where the time is over"),
    ],
)
def test_the_last_trials_are_cut_where_time_would_be_left_over(left, seconds):
    assert next_length(AS_ASKED, left=left, needed=10, rounds=2) == seconds


def test_no_trial_is_cut_where_the_last_trainings_use_what_is_left():
    timed = replace(AS_ASKED, whole=None)
    assert next_length(timed, left=18, needed=10, rounds=2) == 10
    assert next_length(timed, left=9, needed=10, rounds=2) == 0
    nearly = replace(AS_ASKED, whole=12, longest=8, rungs=(8,))  # two of them take three seconds more each
    assert next_length(nearly, left=15, needed=8, rounds=2) == 8
    assert next_length(nearly, left=13 + 2 * 3.88, needed=8, rounds=2) == pytest.approx(6.5)
