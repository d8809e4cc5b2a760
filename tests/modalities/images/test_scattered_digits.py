"""Scattered digits, the named data with boxes."""

import json

import numpy as np
import pytest

from saccade.modalities.images.catalogue import scattered_digits


@pytest.fixture(scope="module")
def found():
    return scattered_digits.read(quiet=True)


@pytest.mark.heavy
def test_splits_and_pixels_are_as_described(found):
    assert found.pixels.shape == (750, *scattered_digits.IMAGE_SHAPE)
    splits, counts = np.unique(found.splits, return_counts=True)
    assert dict(zip(splits.tolist(), counts.tolist(), strict=True)) == scattered_digits.SPLITS


def test_boxes_lie_within_their_image_around_what_is_brighter_and_do_not_overlap(found):
    for row in range(0, 750, 50):
        said = json.loads(found.classes[found.labels[row]])
        assert 1 <= len(said["objects"]) <= 6
        pixels = found.pixels[row, ..., 0].astype(float)
        for name, left, top, right, bottom, ignored in said["objects"]:
            assert name in scattered_digits.CLASSES
            assert not ignored
            assert 0 <= left < right <= 128
            assert 0 <= top < bottom <= 128
            assert pixels[int(top) : int(bottom), int(left) : int(right)].mean() > np.median(pixels) + 20


def test_no_digit_is_in_two_splits():
    rows = scattered_digits._cut(np.arange(1797))
    assert [len(each) for each in rows] == [1198, 239, 360]
    assert len(np.unique(np.concatenate(rows))) == 1797


@pytest.mark.heavy
def test_they_are_the_same_each_time(found):
    again = scattered_digits.read(quiet=True)
    np.testing.assert_array_equal(found.pixels, again.pixels)
    assert found.classes == again.classes
