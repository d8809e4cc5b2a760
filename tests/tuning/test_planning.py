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


def test_a_budget_that_is_too_short_says_how_long_one_training_takes_and_what_is_enough():
    with pytest.raises(RecipeError, match=r"One pass .* about 11 s .* --budget (\d+)s") as refused:
        lengths(TrainingPace(5, 5, 100), budget=50, used=5, seeds=3, jobs=1, judging=1)
    seconds = int(str(refused.value).rpartition("--budget ")[2].partition("s")[0])
    found = lengths(TrainingPace(5, 5, 100), budget=seconds, used=5, seeds=3, jobs=1, judging=1)
    assert found.longest >= 11
