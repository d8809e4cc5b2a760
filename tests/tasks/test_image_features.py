from functools import cache

import numpy as np
import pytest

from saccade.core.errors import RecipeError, UnknownNameError
from saccade.models import backbones
from saccade.tasks import image_features
from saccade.tasks.image_features import features

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", autouse=True)
def built_once():
    """Build a backbone of one shape once: that takes longer than to look at images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbones, "extractor", cache(backbones.extractor))
        yield


def images(count=5, *, side=32, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, channels), dtype=np.uint8)


def test_features_are_what_the_backbone_makes_of_the_pixels():
    pixels = images()
    found = features(pixels, layers=("block_5", "block_11"))
    extract = backbones.extractor(backbones.DEFAULT, (32, 32, 3), layers=("block_11",))
    vectors, coarse = map(np.asarray, extract(pixels.astype(np.float32)))
    assert found.vectors.dtype == np.float16 and found.vectors.shape == (5, 1280)
    assert np.corrcoef(found.vectors.ravel(), vectors.ravel())[0, 1] > 0.999  # bfloat16 where it is fast
    assert found.maps["block_5"].shape == (5, 4, 4, 40)
    assert np.corrcoef(found.maps["block_11"].ravel(), coarse.ravel())[0, 1] > 0.999


def test_the_middle_is_found_in_the_same_look_and_kept_with_the_features(monkeypatch):
    pixels = images(seed=5)
    found = features(pixels, layers=("block_5", "block_11"))
    maps = [np.asarray(found.maps[layer], np.float32) for layer in ("block_5", "block_11")]
    wanted = [statistic(each, axis=(1, 2)) for each in maps for statistic in (np.mean, np.std)]
    assert found.middle.dtype == np.float16
    assert np.allclose(found.middle, np.concatenate(wanted, axis=1), atol=0.02)
    monkeypatch.setattr(backbones, "extractor", lambda *_, **__: pytest.fail("computed again"))
    assert np.array_equal(features(pixels, layers=("block_5", "block_11")).middle, found.middle)


def test_the_same_pixels_are_looked_at_once(monkeypatch):
    first = features(images(seed=1))
    monkeypatch.setattr(backbones, "extractor", lambda *_, **__: pytest.fail("computed again"))
    again = features(images(seed=1))
    assert np.array_equal(first.vectors, again.vectors)
    assert isinstance(again.vectors, np.memmap)


@pytest.mark.parametrize(
    "change", [{"layers": ("block_3",)}, {"size": 48}, {"rows": np.array([0, 1])}, {"rows": np.array([1, 0, 2, 3, 4])}]
)
def test_another_question_has_another_answer(change, monkeypatch):
    pixels = images(seed=2)
    features(pixels)
    asked = []
    extractor = backbones.extractor
    monkeypatch.setattr(backbones, "extractor", lambda *a, **o: asked.append(a) or extractor(*a, **o))
    features(pixels, **change)
    assert asked


def test_only_the_rows_that_are_asked_for_are_looked_at():
    class Closed:
        """Images of which the last may not be seen."""

        shape, dtype = (5, 32, 32, 3), np.dtype(np.uint8)

        def __len__(self):
            return 5

        def __getitem__(self, rows):
            assert 4 not in np.arange(5)[rows]
            return images(seed=3)[rows]

    found = features(Closed(), rows=np.array([3, 1]))
    assert np.array_equal(found.vectors, features(images(seed=3)[[3, 1]]).vectors)


def test_a_number_of_images_that_fills_no_batch_and_a_grey_one_are_taken(monkeypatch):
    monkeypatch.setattr(image_features, "AT_ONCE", 2)
    grey = images(3, channels=1, seed=4)
    found = features(grey).vectors
    alone = features(grey[2:]).vectors
    assert np.allclose(np.asarray(found[2:], np.float32), alone, atol=0.02)


@pytest.mark.parametrize(
    ("pixels", "options", "error", "says"),
    [
        (images(), {"backbone": "efficientnet"}, UnknownNameError, "Did you mean"),
        (images(), {"layers": ("block_55",)}, UnknownNameError, "There is no layer of efficientnet_lite0 'block_55'"),
        (images(side=8), {}, RecipeError, "16 pixels or more"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(pixels, options, error, says):
    with pytest.raises(error, match=says):
        features(pixels, **options)
