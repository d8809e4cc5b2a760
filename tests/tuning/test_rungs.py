import pytest

from saccade.tuning.rungs import best_trial, promotable, rung_seconds


def test_each_rung_trains_three_times_as_long_as_the_one_before():
    assert rung_seconds(90, 9) == pytest.approx((10, 30, 90))
    assert rung_seconds(90, 80) == (90,)


def test_the_recipe_goes_all_the_way():
    assert promotable({0: {0: 0.1}}, {(0, 0)}, 2) == (0, 1)


def test_the_best_third_is_promoted_once():
    results = {0: {0: 0.1, 1: 0.5, 2: 0.3}}
    begun = {(0, 0), (1, 0), (2, 0), (0, 1)}
    assert promotable(results, begun, 2) == (1, 1)
    assert promotable(results, {*begun, (1, 1)}, 2) is None


def test_longer_trainings_are_promoted_first():
    results = {0: {trial: trial / 10 for trial in range(6)}, 1: {5: 0.6, 4: 0.7, 0: 0.1}}
    begun = {*((trial, 0) for trial in range(6)), (5, 1), (4, 1), (0, 1), (0, 2)}
    assert promotable(results, begun, 3) == (4, 2)


def test_the_winner_comes_from_the_longest_trainings_and_is_not_the_recipe():
    assert best_trial({0: {0: 0.9, 1: 0.95, 2: 0.8}, 1: {0: 0.9, 2: 0.85}}) == (2, 1)
    assert best_trial({0: {0: 0.9, 1: 0.2}, 1: {0: 0.9}}) == (1, 0)
    assert best_trial({0: {0: 0.9}}) is None
