"""Crops, shifts and exposures are found without a pretrained network, and look-alikes are not taken for them."""

import numpy as np
import pytest
from PIL import Image

from saccade.modalities.images.audit import edge_matching, near_duplicate_groups
from saccade.modalities.images.audit.edge_matching import matched_by_edges

pytestmark = pytest.mark.heavy

SIDE, MARGIN = 64, 8


@pytest.fixture(scope="module")
def wide(photo_tiles):
    """Give tiles of two photos that do not overlap, with a margin: (n, 80, 80, 3)."""
    cut = photo_tiles(SIDE + 2 * MARGIN)
    return np.stack([tile for tile in cut if tile.std() > 25])  # no mere sky


def plain(tiles):
    return tiles[:, MARGIN : MARGIN + SIDE, MARGIN : MARGIN + SIDE]


def lit(tiles, gain):
    return np.clip(plain(tiles) * gain, 0, 255).astype(np.uint8)


def cropped(tiles):
    cut = plain(tiles)[:, 2:-2, 2:-2]
    return np.stack([np.asarray(Image.fromarray(each).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for each in cut])


CHANGES = {
    "shifted": lambda tiles: tiles[:, MARGIN + 2 : MARGIN + 2 + SIDE, MARGIN - 2 : MARGIN - 2 + SIDE],
    "cropped": cropped,
    "cropped, in a mirror": lambda tiles: cropped(tiles)[:, :, ::-1],
    "darker by half": lambda tiles: lit(tiles, 0.5),
    "burnt out": lambda tiles: lit(tiles, 1.5),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_image_is_a_duplicate_and_no_other_is(name, wide):
    tiles = plain(wide)
    groups = near_duplicate_groups(np.concatenate([tiles, CHANGES[name](wide[:12])]), quiet=True)
    assert (groups[:12] == groups[len(tiles) :]).mean() >= 0.75
    assert len(np.unique(groups[: len(tiles)])) == len(tiles)


@pytest.mark.parametrize("gains", [(0.4, 0.5, 0.65, 0.8, 1.2), (0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 1.15, 1.3)])
def test_many_exposures_of_one_scene_are_one_group(gains, wide):
    tiles, rng = plain(wide), np.random.default_rng(0)
    exposures = np.concatenate([lit(wide[:5], gain) for gain in gains]) + rng.normal(0, 2, (5 * len(gains), 1, 1, 1))
    groups = near_duplicate_groups(np.concatenate([tiles, exposures.clip(0, 255).astype(np.uint8)]), quiet=True)
    siblings = groups[len(tiles) :].reshape(len(gains), 5)
    assert (siblings == groups[:5]).all()
    assert len(np.unique(groups[: len(tiles)])) == len(tiles)


def strokes(count):
    """Give images of one slanted stroke, as of the digit 1, 32 pixels a side."""
    rng = np.random.default_rng(0)
    top, slant, width = rng.uniform(3, 8, count), rng.normal(0, 4, count), rng.uniform(2, 4, count)
    line = np.arange(32)[None, :, None]
    middle = 16 + slant[:, None, None] * (line - 16) / 10 + 0.3 * rng.normal(size=(count, 32, 1))
    ink = np.clip(width[:, None, None] / 2 + 0.5 - np.abs(np.arange(32) - middle), 0, 1)
    return (255 * np.where((line > top[:, None, None]) & (line < 27), ink, 0)).astype(np.uint8)[..., None]


def textures(count):
    """Give patches of one texture: blurred noise."""
    noise = np.random.default_rng(1).normal(128, 40, (count, 66, 66, 1))
    smooth = sum(noise[:, down : down + 64, right : right + 64] for down in range(3) for right in range(3)) / 9
    return smooth.clip(0, 255).astype(np.uint8)


def sensor_noise(count):
    return np.random.default_rng(2).normal(200, 1.5, (count, 48, 48, 3)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("made", [strokes, textures, sensor_noise])
def test_look_alikes_of_one_kind_are_no_duplicates(made):
    images = made(800)
    assert len(matched_by_edges(images, np.arange(800))[0]) <= 8


def test_images_too_coarse_for_edges_are_left_alone(wide):
    small = np.concatenate([plain(wide)[:, ::4, ::4]] * 2)
    assert not len(matched_by_edges(small, np.arange(len(small)))[0])


def test_of_very_many_images_edges_are_not_compared(wide, monkeypatch):
    images = np.concatenate([plain(wide), lit(wide, 0.6)])
    rows = np.arange(len(images))
    assert len(matched_by_edges(images, rows)[0]) >= 10
    monkeypatch.setattr(edge_matching, "MOST_SEARCHED", 10)
    assert not len(matched_by_edges(images, rows)[0])


def test_pairs_that_are_known_are_not_looked_at_and_leave_time_for_others(wide, monkeypatch):
    monkeypatch.setattr(edge_matching, "LEAST_COMPARED", 12)
    monkeypatch.setattr(edge_matching, "COMPARED", 0)
    tiles = plain(wide)[:12]
    images = np.concatenate([tiles, lit(wide[:12], 0.6), cropped(wide[:12])])
    known = np.arange(12), np.arange(12, 24)
    first, second, _, _ = matched_by_edges(images, np.arange(36), known=known)
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    assert not pairs & set(zip(*known, strict=True))
    assert len(pairs) >= 6


def test_only_the_rows_that_are_asked_for_are_compared(wide):
    images = np.concatenate([plain(wide), lit(wide, 0.6)])
    rows = np.arange(5, len(images), 2)
    first, second, left, mirrored = matched_by_edges(images, rows)
    assert set(first) | set(second) <= set(rows)
    assert (first < second).all()
    assert left.max(initial=0) < edge_matching.ALIKE
    assert mirrored.dtype == np.bool_
