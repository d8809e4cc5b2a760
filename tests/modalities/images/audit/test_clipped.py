"""Exposures whose lights or shadows are clipped are one image, also where many of them look like a crowd."""

import numpy as np
import pytest

from saccade.modalities.images.audit import near_duplicate_groups
from saccade.modalities.images.audit.clipped import unexplained_when_clipped
from saccade.modalities.images.audit.comparing import unexplained
from saccade.modalities.images.audit.look_matching import COPY

pytestmark = pytest.mark.heavy


def brighter(images, gain):
    return np.clip(np.rint(images * gain), 0, 255).astype(np.uint8)


def darker(images, black):
    """Return images in which all below a part of white is black."""
    return np.clip(np.rint((images - 255.0 * black) / (1 - black)), 0, 255).astype(np.uint8)


CHANGES = {
    "lights clipped": lambda images: brighter(images, 1.6),
    "most lights clipped": lambda images: brighter(images, 2.0),
    "shadows clipped": lambda images: darker(images, 0.25),
    "both": lambda images: darker(brighter(images, 1.4), 0.25),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("side", [32, 80])
def test_what_is_left_of_an_exposure_is_far_less_than_of_another_image(name, side, make_scenes):
    scenes = make_scenes(60, side=side)
    changed = CHANGES[name](scenes)
    own, other = (unexplained(scenes, np.roll(changed, shift, axis=0)) for shift in (0, 1))
    assert np.quantile(own, 0.9) < COPY
    assert other.min() > 5 * COPY


def test_the_other_way_round_it_is_the_same(make_scenes):
    scenes = make_scenes(20)
    changed = brighter(scenes, 1.6)
    assert np.allclose(unexplained(scenes, changed), unexplained(changed, scenes))


def test_only_images_that_are_clipped_are_looked_beyond(make_scenes):
    soft = (64 + make_scenes(10) // 2).astype(np.uint8)
    assert np.isinf(unexplained_when_clipped(soft, soft[::-1])).all()


def test_of_no_images_there_is_nothing(make_scenes):
    none = make_scenes(2)[:0]
    assert unexplained_when_clipped(none, none).shape == (0,)


def test_strokes_on_black_prove_nothing_where_they_are_clipped():
    strokes = np.zeros((2, 28, 28, 1), np.uint8)
    strokes[0, 4:24, 10:14], strokes[1, 4:24, 11:15] = 255, 255
    assert np.isinf(unexplained_when_clipped(strokes[:1], strokes[1:])).all()


@pytest.mark.parametrize("many", [6, 9])
def test_many_exposures_of_one_image_are_one_group(many, make_scenes):
    scenes = make_scenes(200)
    siblings = [brighter(scenes[7:8], gain) for gain in np.geomspace(0.5, 1.5, many - 1)]
    groups = near_duplicate_groups(np.concatenate([scenes, *siblings]), quiet=True)
    assert len(np.unique(groups[[7, *range(200, 199 + many)]])) == 1
    assert len(np.unique(groups[:200])) == 200
