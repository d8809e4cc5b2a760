"""Boxes that are drawn while a detector trains."""

import io

import numpy as np
import pytest
from PIL import Image

from saccade.core.run import Run
from saccade.inference.keras_network import load_model
from saccade.tasks import base
from saccade.tasks.object_detection.live_pictures import found_so_far

pytestmark = pytest.mark.heavy


@pytest.fixture
def dataset(untrained: Run):
    return base.reload(untrained, quiet=True)


def test_two_validation_images_show_marked_and_found_boxes(untrained, dataset):
    found = found_so_far(load_model(untrained), untrained.recipe, dataset)
    assert len(found) == 2 and found[0].png != found[1].png
    for each in found:
        pixels = np.asarray(Image.open(io.BytesIO(each.png)))
        left, right = pixels[:, :256, :3].astype(int), pixels[:, -256:, :3].astype(int)
        # the images are grey, so that what has a colour is a box
        assert (np.ptp(left, axis=-1) > 60).any() and (np.ptp(right, axis=-1) > 60).any()
        assert "is surest so far" in each.caption


def test_the_network_is_asked_for_validation_images_only(untrained, dataset):
    seen = []

    def network(images, training):
        seen.append(np.asarray(images))
        return load_model(untrained)(images, training=training)

    found_so_far(network, untrained.recipe, dataset)
    validation = dataset.images[dataset.rows("validation")]
    assert all((validation == image).all(axis=(1, 2, 3)).any() for image in seen[0])
