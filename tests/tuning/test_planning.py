from itertools import pairwise

import pytest

from saccade.core.errors import RecipeError
from saccade.training.pace import TrainingPace
from saccade.tuning.planning import FINAL_SHARE, lengths


def test_trainings_take_no_longer_than_the_recipe_asks_for():
    found = lengths(TrainingPace(2, 1, 20), budget=3600, used=10, seeds=3, jobs=1, judging=1)
    assert found.longest == 20
    assert found.rungs[-1] == 20


def test_the_last_trainings_fit_into_their_part_of_a_short_budget():
    found = lengths(TrainingPace(1, 1, 500), budget=300, used=10, seeds=3, jobs=1, judging=1)
    assert 6 * (found.longest + 1) == pytest.approx(FINAL_SHARE * 290)


def test_rungs_leave_room_for_several_trials_of_each():
    found = lengths(TrainingPace(1, 1, 500), budget=1000, used=0, seeds=3, jobs=1, judging=1)
    assert len(found.rungs) * 9 * found.rungs[0] <= 600


def test_where_the_time_is_short_there_are_fewer_last_trainings():
    pace = TrainingPace(2, 2, 500)
    found = {budget: lengths(pace, budget=budget, used=10, seeds=3, jobs=1, judging=1) for budget in (110, 80, 60)}
    assert [each.pairs for each in found.values()] == [3, 2, 1]
    assert all(each.longest >= 5 for each in found.values())


def test_the_shortest_search_has_three_trials_and_one_pair():
    pace = TrainingPace(6, 3, float("inf"))  # of photos, with a network whose start nobody knows
    found = lengths(pace, budget=75, used=12, seeds=3, jobs=1, judging=3.5)
    assert (found.pairs, found.rungs) == (1, (10,))
    assert 12 + 3 * 10 + 2 * (found.longest + 3.5) <= 75


FASHION = TrainingPace(2, 31, 250, part=8)
"""Of 55,000 images: 31 s a pass, 8 s for a hundred steps with a validation."""


def test_where_passes_are_long_trials_end_within_their_first_and_the_last_trainings_make_a_whole_one():
    found = lengths(FASHION, budget=150, used=15, seeds=3, jobs=1, judging=1.5)
    assert found.longest == 34
    assert 11 <= found.rungs[0] < 34
    assert (found.pairs, len(found.rungs)) == (1, 1)
    assert 15 + 3 * found.rungs[0] + 2 * (34 + 1.5) == pytest.approx(150)


def test_between_parts_of_a_pass_and_whole_ones_no_budget_is_worse_off():
    found = [lengths(FASHION, budget=each, used=15, seeds=1, jobs=1, judging=1.5) for each in range(120, 400, 5)]
    assert all(one.longest <= other.longest for one, other in pairwise(found))
    assert all(one.rungs[0] <= other.rungs[-1] for one, other in pairwise(found))


def test_where_a_search_does_not_fit_the_recipe_alone_gets_the_time_and_what_is_enough_is_said():
    found = lengths(FASHION, budget=110, used=15, seeds=3, jobs=1, judging=1.5)
    assert (found.rungs, found.pairs, found.longest) == ((), 1, 95)
    enough = lengths(FASHION, budget=found.needed + 0.01, used=15, seeds=3, jobs=1, judging=1.5)
    assert enough.rungs
    assert not lengths(FASHION, budget=found.needed - 1, used=15, seeds=3, jobs=1, judging=1.5).rungs


def test_a_recipe_that_asks_for_less_than_there_is_gets_no_more():
    found = lengths(TrainingPace(2, 4, 14), budget=40, used=10, seeds=3, jobs=1, judging=1)
    assert (found.rungs, found.longest) == ((), 14)


def test_a_budget_that_is_too_short_says_how_long_one_training_takes_and_what_is_enough():
    said = r"shortest training takes about 11 s here\. Try: --budget 20s to train the recipe, 110s to search"
    with pytest.raises(RecipeError, match=said):
        lengths(FASHION, budget=12, used=5, seeds=3, jobs=1, judging=1)
    assert not lengths(FASHION, budget=20, used=5, seeds=3, jobs=1, judging=1).rungs
    assert lengths(FASHION, budget=110, used=5, seeds=3, jobs=1, judging=1).rungs
