"""Crops, shifts and other exposures of photos are found by features and by what is alike where they overlap."""

import numpy as np
import pytest
from PIL import Image

from saccade.modalities.images.audit import near_duplicate_groups, near_duplicates
from saccade.modalities.images.audit.measuring import measure
from saccade.modalities.images.audit.registering import unexplained_overlaps
from saccade.tasks.image_features import features

pytestmark = pytest.mark.heavy

SIDE = 96
MARGIN = 12
"""Pixels around a tile of a photo, so that it can be moved without inventing any."""


@pytest.fixture(scope="module")
def wide(photo_tiles):
    """Give 24 tiles of two photos that do not overlap, with a margin: (n, 120, 120, 3)."""
    cut = photo_tiles(SIDE + 2 * MARGIN)
    turned = [np.rot90(tile) for tile in cut]  # to a registration without turning they are other images
    return np.stack([tile for tile in [*cut, *turned] if tile.std() > 25])[:24]  # no mere sky


def scaled(tiles, part):
    side = round(part * SIDE)
    top = MARGIN + (SIDE - side) // 3
    cut = tiles[:, top : top + side, top : top + side]
    return np.stack([np.asarray(Image.fromarray(each).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for each in cut])


def moved(tiles, down, across):
    top, left = MARGIN + down, MARGIN + across
    return tiles[:, top : top + SIDE, left : left + SIDE]


def exposed(tiles, gain):
    return np.clip(moved(tiles, 0, 0) * gain, 0, 255).astype(np.uint8)


CHANGES = {
    "cropped to nine tenths": lambda tiles: scaled(tiles, 0.9),
    "cropped to three quarters": lambda tiles: scaled(tiles, 0.75),
    "shifted": lambda tiles: moved(tiles, 10, -10),
    "shorter exposed": lambda tiles: exposed(tiles, 0.5),
    "longer exposed": lambda tiles: exposed(tiles, 1.3),
    "shifted, in other light": lambda tiles: np.clip(moved(tiles, -8, 6) * 0.7 + 20, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_image_is_brought_over_the_original_and_another_is_not(wide, name):
    plain, count = moved(wide, 0, 0), len(wide)
    images = np.concatenate([plain, CHANGES[name](wide)])
    rows, straight = np.arange(count), np.zeros(count, np.bool_)
    own = unexplained_overlaps(images, rows, count + rows, straight)
    other = unexplained_overlaps(images, rows, count + np.roll(rows, 1), straight)
    assert np.mean(own < near_duplicates.LIKELY) >= 0.85
    assert np.mean(own < near_duplicates.CERTAIN) >= 0.7
    assert np.mean(other < near_duplicates.LIKELY) <= 0.05


def test_a_mirrored_image_is_brought_over_when_it_is_asked_for(wide):
    images = np.concatenate([moved(wide, 0, 0)[:8], moved(wide, 5, 5)[:8, :, ::-1]])
    rows = np.arange(8)
    seen, straight = (unexplained_overlaps(images, rows, 8 + rows, np.full(8, each)) for each in (True, False))
    assert np.median(seen) < near_duplicates.CERTAIN
    assert np.quantile(straight, 0.2) > near_duplicates.LIKELY


def test_nothing_is_compared_where_there_are_no_pairs(wide):
    none = np.empty(0, np.int64)
    assert unexplained_overlaps(wide, none, none, np.empty(0, np.bool_)).shape == (0,)


@pytest.fixture(scope="module")
def scenes(wide):
    """Give the tiles, a crop and a shift of the first ten, and five more exposures of the eleventh: six in all."""
    first = wide[:10]
    siblings = [exposed(wide[10:11], gain) for gain in (0.4, 0.5, 0.65, 0.8, 1.2)]
    images = np.concatenate([moved(wide, 0, 0), scaled(first, 0.8), moved(first, 9, 0), *siblings])
    return images, features(images, quiet=True).vectors


def test_crops_and_shifts_are_duplicates_by_their_features(scenes):
    images, vectors = scenes
    groups = near_duplicate_groups(images, vectors=vectors, quiet=True)
    blind = near_duplicate_groups(images, quiet=True)
    changed = [np.tile(each[:10], 2) == each[24:44] for each in (groups, blind)]
    assert changed[0].mean() >= 0.8
    assert changed[1].mean() <= 0.3
    assert len(np.unique(groups[:24])) == 24  # no two tiles are taken for one


def test_mirrored_crops_are_duplicates_by_their_features(wide):
    plain = moved(wide, 0, 0)
    images = np.concatenate([plain, scaled(wide[:10], 0.85)[:, :, ::-1]])
    vectors = features(images, quiet=True).vectors
    found = near_duplicates.find_duplicates(images, measure(images, quiet=True), vectors=vectors)
    pairs = dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.mirrored, strict=True))
    assert np.mean([pairs.get((row, 24 + row), False) for row in range(10)]) >= 0.5
    assert len(np.unique(found.groups[:24])) == 24


def test_six_exposures_of_one_scene_are_one_group(scenes):
    images, vectors = scenes
    groups = near_duplicate_groups(images, vectors=vectors, quiet=True)
    assert len(np.unique(groups[[10, *range(44, 49)]])) == 1


def test_of_very_many_images_features_are_not_compared(scenes, monkeypatch):
    monkeypatch.setattr(near_duplicates, "MOST_COMPARED", 10)
    images, vectors = scenes
    with_features, without = (near_duplicate_groups(images, vectors=each, quiet=True) for each in (vectors, None))
    assert (with_features == without).all()
