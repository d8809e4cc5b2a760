from dataclasses import replace

import pytest
from plans import SMALL_PLAN

from saccade.core.run_writing import write_json
from saccade.tuning.jobs import BEST, RECIPE, all_pairs_are_done, choose, final_name, next_final
from saccade.tuning.records import FinalPlan, TrialResult
from saccade.tuning.search_folder import SearchFolder

PLAN = replace(SMALL_PLAN, seeds=2, whole=1000)
FINAL = FinalPlan(trial=3, rung=1, led_by=0.1)


def chosen(path):
    folder = SearchFolder(path)
    folder.write_final_plan(FINAL)
    return folder


def done(folder, name, *, planned, seconds):
    result = TrialResult(0, None, 1, {}, "val_accuracy", 0.5, 0.5, seconds, planned)
    write_json(folder.path / "finals" / name / "trial.json", result.to_dict())


def test_recipe_and_winner_train_in_pairs_of_equal_length(tmp_path):
    folder = chosen(tmp_path)
    first = next_final(folder, PLAN, 1, left=101)
    assert (first.name, first.trial, first.seconds) == (final_name(RECIPE, 1), 0, pytest.approx(24))
    done(folder, first.name, planned=24, seconds=24)
    second = next_final(folder, PLAN, 1, left=60)
    assert (second.name, second.trial) == (final_name(BEST, 1), 3)
    assert second.seconds == first.seconds  # however late it is


def test_the_second_pair_is_shorter_where_the_first_took_longer_than_planned(tmp_path):
    folder = chosen(tmp_path)
    next_final(folder, PLAN, 1, left=101).lock.release()
    for who in (RECIPE, BEST):
        done(folder, final_name(who, 1), planned=24, seconds=30)
    third = next_final(folder, PLAN, 1, left=41)
    assert third.seconds == pytest.approx(40 / 2 - 6)


def test_what_another_process_trains_is_not_trained_twice(tmp_path):
    folder = chosen(tmp_path)
    taken = [next_final(folder, PLAN, 1, left=100) for _ in range(5)]
    assert len({job.name for job in taken if job}) == 4
    assert taken[4] is None


def test_where_there_is_no_time_for_another_pair_it_is_left_out(tmp_path):
    folder = chosen(tmp_path)
    next_final(folder, PLAN, 1, left=101).lock.release()
    for who in (RECIPE, BEST):
        done(folder, final_name(who, 1), planned=24, seconds=45)
    assert next_final(folder, PLAN, 1, left=10) is None
    assert folder.final_plan.pairs == 1
    assert all_pairs_are_done(folder, PLAN, 1)


def test_the_choice_is_the_best_of_the_longest_and_its_lead_is_to_the_recipe_there():
    results = [
        TrialResult(trial, rung, None, {}, "val_accuracy", score, score)
        for trial, rung, score in [(0, 0, 0.5), (1, 0, 0.9), (2, 0, 0.7), (0, 1, 0.6), (2, 1, 0.75)]
    ]
    found = choose(results)
    assert (found.trial, found.rung, found.led_by) == (2, 1, pytest.approx(0.15))


def test_a_recipe_that_nothing_else_was_tried_beside_is_trained_alone():
    own = TrialResult(0, 0, None, {}, "val_accuracy", 0.5, 0.5)
    failed = TrialResult(1, 0, None, {}, error="out of memory")
    assert choose([own, failed]).is_alone
    assert choose([]).is_alone
