import numpy as np
import pytest

from saccade.modalities.images.loading import load
from saccade.modalities.images.settings import Augment

pytestmark = pytest.mark.heavy


def test_a_sheet_shows_images_as_they_are_and_changed(make_images):
    from saccade.modalities.images.augmentation_preview import DRAWS, GAP, IMAGES, sheet

    dataset = load(make_images({"cat": 5, "dog": 5}), quiet=True)
    found = sheet(dataset, Augment(flip="auto", shift=0.25))
    assert found.shape == (IMAGES * (8 + GAP) - GAP, (1 + DRAWS) * (8 + GAP) - GAP, 3)
    first, *drawn = (found[:8, column * (8 + GAP) :][:, :8] for column in range(1 + DRAWS))
    assert any(np.array_equal(first, image) for image in dataset.images)
    assert any(not np.array_equal(first, image) for image in drawn)


def test_a_recipe_that_changes_nothing_has_no_sheet(make_images):
    from saccade.modalities.images.augmentation_preview import sheet

    assert sheet(load(make_images({"cat": 5, "dog": 5}), quiet=True), Augment()) is None
