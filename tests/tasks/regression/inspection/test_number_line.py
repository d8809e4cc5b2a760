import numpy as np
import pytest

from saccade.tasks.regression.inspection.number_line import number_line
from saccade.tasks.regression.predictor import Estimate

NUMBERS = np.array([10.0, 20, 20, 30])


def test_places_are_percent_between_the_ends():
    found = number_line(NUMBERS, Estimate(20, 15, 25, 0.9), 30)
    assert (found.low, found.high, found.answer, found.interval, found.true) == (10, 30, 50, (25, 75), 100)
    assert [height for _, _, height in found.bars] == [50, 100, 50]
    assert found.smaller == 0.25


def test_it_reaches_as_far_as_an_answer_beyond_all_numbers():
    found = number_line(NUMBERS, Estimate(50), None)
    assert (found.high, found.most, found.answer, found.interval, found.true) == (50, 30, 100, None, None)


def test_equal_numbers_have_one_bar():
    assert len(number_line(np.ones(3), Estimate(1.0), None).bars) == 1


@pytest.mark.parametrize("value", [0, 100])
def test_all_bars_lie_within(value):
    for left, width, height in number_line(NUMBERS, Estimate(value), None).bars:
        assert 0 <= left <= left + width <= 100.001
        assert 0 < height <= 100
