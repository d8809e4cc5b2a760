"""Tests of two samples on known numbers and counts."""

import numpy as np
import pytest

from saccade.drift.two_sample_tests import adjusted, independence, mix, mix_shift, number_shift


@pytest.mark.parametrize(
    ("moved", "significant"),
    [(0.0, False), (1.0, True), (-1.0, True)],
)
def test_numbers_that_moved_are_found_and_others_are_not(moved, significant):
    rng = np.random.default_rng(0)
    shift = number_shift("light", rng.normal(size=400), rng.normal(size=300) + moved)
    assert (shift.p_value < 0.01) == significant
    assert shift.drifted == (shift.effect >= 0.1 and shift.significant)


@pytest.mark.parametrize(
    ("counts", "apart", "most"),
    [
        ([[50, 50], [50, 50]], 0.0, 0),
        ([[100, 0, 0], [0, 0, 40]], 1.0, 0),
        ([[60, 20, 20], [20, 60, 20]], 0.4, 0),
        ([[10, 45, 45], [5, 20, 75]], 0.3, 2),
    ],
)
def test_the_distance_of_two_mixes_is_the_share_that_would_have_to_change(counts, apart, most):
    found = mix(np.array(counts))
    assert found.apart == pytest.approx(apart)
    assert found.most == most
    assert (found.p_value < 0.01) == (apart > 0.2)


def test_a_mix_is_told_by_what_differs_most():
    shift = mix_shift("classes", np.array([[90, 5, 5], [30, 60, 10]]), ("cat", "dog", "frog"))
    assert (shift.before, shift.after) == ("'cat' 90.0%", "'cat' 30.0%")


@pytest.mark.parametrize("counts", [[[5, 0], [9, 0]], [[1, 0, 0], [0, 1, 0]]])
def test_counts_that_can_show_nothing_show_nothing(counts):
    assert independence(np.array(counts)) == 1


def test_the_more_tests_there_are_the_less_a_small_p_value_says():
    shift = number_shift("light", np.arange(100.0), np.arange(100.0) + 20)
    same = number_shift("size", np.arange(100.0), np.arange(100.0))
    assert adjusted([shift])[0].adjusted == pytest.approx(shift.p_value)
    assert adjusted([shift, *[same] * 9])[0].adjusted == pytest.approx(10 * shift.p_value)
    assert adjusted([shift, same], entangled=True)[0].adjusted == pytest.approx(2 * 1.5 * shift.p_value)
    assert adjusted([]) == ()
