"""The images that a regression is furthest off in come first."""

import pytest

from saccade.evaluation.answered_split import answered_split

pytestmark = pytest.mark.heavy


def test_the_furthest_off_comes_first_and_each_is_too_high_or_too_low(run):
    found = answered_split(run)
    off = [abs(float(each.detail.removeprefix("off by "))) for each in found.group("worst").inputs]
    assert off == sorted(off, reverse=True)
    sides = [found.group(key).count if found.group(key) else 0 for key in ("high", "low")]
    assert sum(sides) == found.group("worst").count == found.count
    assert found.right == {}  # no answer is simply right
    assert all(each.source for each in found.group("worst").inputs)
