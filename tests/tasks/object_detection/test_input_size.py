"""The size of the images that a detector sees."""

import json

import pytest

from saccade.core.errors import DataError
from saccade.tasks.object_detection.input_size import suitable_side


def text_of(size, *sides, ignored=0):
    return json.dumps({"size": size, "objects": [["cat", 0, 0, side, side, ignored] for side in sides]})


@pytest.mark.parametrize(
    ("size", "sides", "expected"),
    [
        ((480, 640), [100] * 10, 256),  # 40 × 640 / 100
        ((480, 640), [400] * 10, 192),
        ((480, 640), [100] * 8 + [20] * 2, 384),  # one in ten has 12 pixels
        ((2000, 2000), [20] * 10, 512),
        ((200, 200), [20] * 10, 224),  # no larger than the images
        ((64, 64), [8] * 10, 128),
    ],
)
def test_objects_can_be_seen_where_the_images_allow_it(size, sides, expected):
    side, note = suitable_side([text_of(size, *sides)], fit="pad")
    assert side == expected
    assert f"Images of {expected} pixels" in note


def test_stretched_images_are_measured_as_they_become():
    text = json.dumps({"size": [100, 800], "objects": [["cat", 0, 0, 400, 50, 0]]})
    assert suitable_side([text], fit="stretch")[0] == 192
    assert suitable_side([text], fit="pad")[0] == 512


@pytest.mark.parametrize("texts", [[], [text_of((10, 10))], [text_of((10, 10), 5, ignored=1)]])
def test_without_objects_nothing_can_be_learnt(texts):
    with pytest.raises(DataError, match="no objects to learn from"):
        suitable_side(texts, fit="pad")
