from dataclasses import replace

import pytest
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


def test_the_last_pair_as_asked_ends_with_the_budget_where_that_is_about_as_long():
    time = known(trained(0, 1, 20, 20), trained(3, 1, 20, 21), left=48)
    pair = time.next_pair(1, first=True)
    assert (pair.seconds, pair.pairs) == ((48 - 1) / 2 - 1, 1)
    assert AS_ASKED.is_timed(pair.seconds)
    assert time.next_pair(2, first=True).pairs == 2
    assert known(*time.trials, left=70).next_pair(1, first=True).seconds == AS_ASKED.longest  # a third longer


def test_a_winner_that_takes_longer_than_the_recipe_keeps_its_epochs():
    time = known(trained(0, 1, 20, 20), trained(3, 1, 20, 40), left=66)
    assert time.next_pair(1, first=True).seconds == AS_ASKED.longest


def test_on_a_slower_machine_than_measured_the_clock_gives_as_much_as_the_recipe_takes_there():
    time = known(trained(0, 1, 20, 30), trained(3, 1, 20, 31), left=61)
    assert time.next_pair(1, first=True).seconds == (61 - 1) / 2 - 1


def test_a_first_pair_that_is_late_trains_as_long_as_the_trials_really_did():
    short = replace(AS_ASKED, whole=7, longest=7, rungs=(7,))
    time = known(trained(0, 0, 7, 22), trained(3, 0, 7, 26), left=3, plan=short)
    assert time.next_pair(1, first=True).seconds == pytest.approx(22, rel=0.02)


def test_trials_that_ended_before_their_time_do_not_make_the_last_trainings_longer_than_what_is_left():
    plan = replace(SMALL_PLAN, whole=None)
    time = known(trained(0, 0, 20, 12), trained(3, 0, 20, 11), left=61, plan=plan)
    assert time.next_pair(1, first=True).seconds == (61 - 1) / 2 - 1


def test_a_recipe_alone_gets_all_that_is_left_and_no_more_than_it_asks_for():
    alone = replace(SMALL_PLAN, whole=200, longest=90, rungs=())
    assert known(left=90.5, plan=alone, winner=0).alone() == 90
    assert known(left=400, plan=replace(alone, longest=200), winner=0).alone() == 200
    assert known(left=0, plan=alone, winner=0).alone() == 1
    assert known(left=0, winner=0).alone() == AS_ASKED.rungs[0]  # its trial was alone in the end


def test_several_processes_share_the_rounds():
    assert [rounds(3, processes) for processes in (1, 2, 4, 6)] == [6, 3, 2, 1]
    plan = replace(SMALL_PLAN, whole=None)
    one, two = (known(left=61, plan=plan, processes=count).next_pair(2, first=True).seconds for count in (1, 2))
    assert (one, two) == (60 / 4 - 1, 60 / 2 - 1)
