"""Which network a detector is, where nobody says it."""

import json

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.modalities.images.listing import Listing
from saccade.tasks.object_detection import suitable_network
from saccade.tasks.object_detection.suitable_network import with_suitable_network


def found(*, objects=3, images=10, tested=4, side=100, channels=3):
    """Return a listing of images, all alike, of which the last few are for the test."""
    marked = [["cat", 0, 0, 5, 5, 0]] * objects + [["cat", 9, 9, 12, 12, 1]]
    return Listing(
        names=np.array([f"{at}.png" for at in range(images)]),
        labels=np.zeros(images, np.int64),
        classes=(json.dumps({"size": [side, side], "objects": marked}),),
        splits=np.array([""] * (images - tested) + ["test"] * tested),
        pixels=np.zeros((images, side, side, channels), np.uint8),
    )


def recipe(**changes):
    return recipes.read("object_detection", data="photos/", **changes)


def test_few_objects_in_photos_are_learnt_from_a_network_that_has_seen_others_and_it_is_said():
    chosen, sentence = with_suitable_network(recipe(), found())
    best = recipes.read("pretrained-objects")
    assert (chosen.model, chosen.learning_rate) == (best.model, best.learning_rate)
    assert sentence.startswith("18 objects are few to learn from")
    assert "model=residual" in sentence


def test_what_a_person_asks_for_is_kept():
    assert with_suitable_network(recipe(learning_rate=0.01), found())[0].learning_rate == 0.01
    for changes in ({"model": "residual"}, {"model.width": 0.5}, {"model": "pretrained"}, {"data": "scattered_digits"}):
        asked = recipes.read("object_detection", **{"data": "photos/", **changes})
        assert with_suitable_network(asked, found()) == (asked, "")


def test_a_recipe_that_describes_its_network_keeps_it():
    digits = recipes.read("scattered-digits", data="photos/")
    assert with_suitable_network(digits, found()) == (digits, "")


@pytest.mark.parametrize("images", [{"channels": 1}, {"side": 40}])
def test_grey_and_small_images_are_no_photos(images):
    assert with_suitable_network(recipe(), found(**images)) == (recipe(), "")


def test_many_objects_are_learnt_from_nothing_and_those_of_the_test_do_not_count(monkeypatch):
    monkeypatch.setattr(suitable_network, "FEW", 18)
    assert with_suitable_network(recipe(), found()) == (recipe(), "")
    assert with_suitable_network(recipe(), found(tested=5))[1]
