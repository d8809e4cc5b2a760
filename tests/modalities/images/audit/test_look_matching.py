"""Copies of whole images are found among look-alikes, and simple shapes that are alike by chance are not."""

import numpy as np
import pytest

from saccade.modalities.images.audit import look_matching
from saccade.modalities.images.audit.look_matching import matched_by_looks
from saccade.modalities.images.audit.measuring import measure


def searched(images):
    return matched_by_looks(images, measure(images, quiet=True).looks, np.arange(len(images)))


def exposures(image, gains):
    return np.stack([np.clip(np.rint(image * gain), 0, 255) for gain in gains]).astype(np.uint8)


@pytest.mark.heavy
def test_copies_are_found_with_what_is_left_and_whether_in_a_mirror(make_scenes):
    scenes = make_scenes(200)
    first, second, left, mirrored = searched(np.concatenate([scenes, scenes[3:4] // 2, scenes[8:9, :, ::-1]]))
    assert list(zip(first, second, mirrored, strict=True)) == [(3, 200, False), (8, 201, True)]
    assert left.max() < look_matching.COPY


def test_exposures_that_are_a_crowd_to_each_other_are_all_compared(make_scenes):
    scenes = make_scenes(100)
    family = exposures(scenes[0], (0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
    first, second, _, _ = searched(np.concatenate([scenes, family]))
    assert set(first) | set(second) == {0, *range(100, 106)}


def strokes(count):
    """Give images of one slanted stroke, as of the digit 1, 28 pixels a side."""
    rng = np.random.default_rng(0)
    top, slant, width = rng.uniform(3, 8, count), rng.normal(0, 4, count), rng.uniform(2, 4, count)
    line = np.arange(28)[None, :, None]
    middle = 14 + slant[:, None, None] * (line - 14) / 10 + 0.1 * rng.normal(size=(count, 28, 1))
    ink = np.clip(width[:, None, None] / 2 + 0.5 - np.abs(np.arange(28) - middle), 0, 1)
    return (255 * np.where((line > top[:, None, None]) & (line < 24), ink, 0)).astype(np.uint8)[..., None]


@pytest.mark.heavy
def test_strokes_that_are_alike_by_chance_are_no_duplicates_and_copies_of_them_are(monkeypatch):
    images = strokes(1200)
    images = np.concatenate([images, images[:50] // 2])
    first, second, _, _ = searched(images)
    copies = (first < 50) & (second == first + 1200)
    assert copies.sum() >= 48
    monkeypatch.setattr(look_matching, "OF_SELDOM", 100)
    without_the_rule = len(searched(images)[0])
    assert (~copies).sum() < 0.8 * (without_the_rule - copies.sum())


def test_of_one_image_and_of_none_there_are_no_pairs(make_scenes):
    for count in (0, 1):
        assert not len(searched(make_scenes(2))[0])
        assert not len(matched_by_looks(make_scenes(2), measure(make_scenes(2), quiet=True).looks, np.arange(count))[0])
