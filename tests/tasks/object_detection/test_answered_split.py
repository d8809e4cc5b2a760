"""Objects that were missed, invented or confused, with their boxes over the image."""

import pytest

from saccade.evaluation.answered_split import answered_split

pytestmark = [pytest.mark.heavy, pytest.mark.slow]  # a detector is trained


def test_each_group_shows_its_kind_of_boxes_within_the_image(run):
    found = answered_split(run)
    assert {each.key for each in found.groups} & {"missed", "invented", "confused"}
    for group in found.groups:
        if group.key in {"worst", "right"}:
            continue
        for each in group.inputs:
            assert each.marks and {mark.kind for mark in each.marks} == {group.key}
            assert all(mark.left >= -0.01 and mark.left + mark.width <= 1.01 for mark in each.marks)
            assert f"{len(each.marks)} {group.key}" in each.detail


def test_what_is_right_has_no_mistakes(run):
    found = answered_split(run)
    worst = found.group("worst")
    assert worst.count == sum(not is_right for is_right in found.right.values())
    right = found.group("right")
    assert (right.count if right else 0) == sum(found.right.values())
    assert all({mark.kind for mark in each.marks} <= {"found"} for each in (right.inputs if right else ()))
