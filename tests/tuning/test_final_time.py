from dataclasses import replace

from plans import SMALL_PLAN

from saccade.tuning.final_time import FinalTime, rounds
from saccade.tuning.records import TrialResult

AS_ASKED = replace(SMALL_PLAN, whole=20, longest=20, rungs=(5, 20), judging=1, seeds=2)


def trained(trial, rung, planned, seconds):
    return TrialResult(trial, rung, None, {}, "val_accuracy", 0.5, 0.5, seconds, planned)


def known(*trials, left, plan=AS_ASKED, winner=3, processes=1):
    return FinalTime(plan, trials, (), winner, processes, left)


def test_both_train_as_long_as_the_recipe_asks_for_where_there_is_time():
    time = known(trained(0, 1, 20, 21), trained(3, 1, 20, 25), left=97)
    assert time.next_pair(2, first=True).seconds == AS_ASKED.longest


def test_a_winner_that_is_too_slow_for_the_time_trains_by_the_clock():
    pair = known(trained(0, 1, 20, 21), trained(3, 1, 20, 60), left=97).next_pair(2, first=True)
    assert AS_ASKED.is_timed(pair.seconds)
    assert pair.pairs == 2


def test_a_winner_that_never_trained_so_long_trains_by_the_clock():
    assert AS_ASKED.is_timed(known(trained(0, 1, 20, 20), left=1000).next_pair(2, first=True).seconds)


def test_there_is_always_a_first_pair_and_no_other_without_time():
    time = known(left=1)
    assert (time.next_pair(2, first=True).pairs, time.next_pair(2, first=True).seconds) == (1, 5)
    assert time.next_pair(1, first=False).pairs == 0


def test_several_processes_share_the_rounds():
    assert [rounds(3, processes) for processes in (1, 2, 4, 6)] == [6, 3, 2, 1]
    plan = replace(SMALL_PLAN, whole=None)
    one, two = (known(left=61, plan=plan, processes=count).next_pair(2, first=True).seconds for count in (1, 2))
    assert (one, two) == (60 / 4 - 1, 60 / 2 - 1)
