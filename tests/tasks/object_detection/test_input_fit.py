"""How images become square for a detector."""

import json

import pytest

from saccade.tasks.object_detection.input_fit import suitable_fit


def texts_of(*sizes):
    return [json.dumps({"size": size, "objects": [["cat", 0, 0, 5, 5, 0]]}) for size in sizes]


def test_images_of_one_shape_are_stretched_and_it_is_said_what_that_saves():
    fit, note = suitable_fit(texts_of((480, 640), (240, 320), (490, 640)))
    assert fit == "stretch"
    assert "would leave 25% of a square empty" in note
    assert "--fit pad" in note


@pytest.mark.parametrize("sizes", [[(480, 640), (640, 480)], [(480, 640), (480, 720)], [(64, 64), (128, 128)], []])
def test_images_of_several_shapes_and_squares_are_padded_without_a_word(sizes):
    assert suitable_fit(texts_of(*sizes)) == ("pad", "")
