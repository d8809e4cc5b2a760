"""Labels that were missed and invented, image by image."""

import pytest

from saccade.evaluation.answered_split import answered_split

pytestmark = pytest.mark.heavy


def test_missed_and_invented_labels_are_those_of_the_images(run):
    found = answered_split(run)
    tags = run.data["classes"]
    for at, tag in enumerate(tags):
        for kind in ("missed", "invented"):
            group = found.group(f"{kind}-{at}")
            for each in group.inputs if group else ():
                assert (tag in each.true.split(", ")) == (kind == "missed")
                assert (tag in each.said.split(", ")) == (kind == "invented")
    assert len(found.right) == found.count
    wrong = found.group("worst")
    assert (wrong.count if wrong else 0) == sum(not is_right for is_right in found.right.values())
