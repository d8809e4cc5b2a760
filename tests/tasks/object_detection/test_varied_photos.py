"""How much images are changed in training."""

import json

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.modalities.images.listing import Listing
from saccade.tasks.object_detection.varied_photos import MORE, changed_more


def recipe_for(**fields):
    return recipes.make({"task": "object_detection", "data": "photos", **fields})


def photos_of(*sizes):
    texts = tuple(json.dumps({"size": size, "objects": [["cat", at, 0, 5, 5, 0]]}) for at, size in enumerate(sizes))
    none = np.array([""] * len(sizes))
    return Listing(names=none, labels=np.arange(len(sizes)), classes=texts, splits=none)


def test_photos_of_several_shapes_are_changed_more():
    recipe = changed_more(recipe_for(), photos_of((480, 640), (640, 480)))
    assert (recipe.mosaic, recipe.augment.zoom) == (MORE["mosaic"], MORE["augment.zoom"])


def test_images_of_one_camera_are_changed_as_the_recipe_says():
    assert changed_more(recipe_for(), photos_of((480, 640), (240, 320))) == recipe_for()


@pytest.mark.parametrize("asked", ["augment.zoom", "augment"])
def test_what_a_person_asked_for_is_kept(asked):
    recipe = changed_more(recipe_for(augment={"zoom": 0.1}, asked=[asked]), photos_of((480, 640), (640, 480)))
    assert recipe.augment.zoom == 0.1
    assert recipe.mosaic == MORE["mosaic"]
