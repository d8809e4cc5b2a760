"""Duplicates are found after what programs do to images, and look-alikes are not taken for duplicates."""

import io
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.modalities.images.audit import hashing, near_duplicate_groups
from saccade.modalities.images.audit.comparing import unexplained
from saccade.modalities.images.audit.measuring import LOOK, measure
from saccade.modalities.images.audit.near_duplicates import find_duplicates
from saccade.modalities.images.loading import load

pytestmark = pytest.mark.heavy

PLANTED = 50


def as_jpeg(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file))


def resized_and_back(image):
    side = len(image)
    small = Image.fromarray(image).resize((round(0.9 * side),) * 2, Image.Resampling.BICUBIC)
    return np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))


def times(factor):
    return lambda image: np.clip(image * factor, 0, 255).astype(np.uint8)


def mirrored(image):
    return image[:, ::-1]


CHANGES = {
    "re-encoded": as_jpeg,
    "resized": resized_and_back,
    "brightened": times(1.15),
    "darkened": times(0.85),
    "mirrored": mirrored,
    "all at once": lambda image: as_jpeg(times(1.15)(resized_and_back(image))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_is_a_duplicate(name, make_scenes):
    scenes = make_scenes(300)
    copies = np.stack([CHANGES[name](image) for image in scenes[:PLANTED]])
    groups = near_duplicate_groups(np.concatenate([scenes, copies]), quiet=True)
    assert (groups[:PLANTED] == groups[300:]).mean() >= 0.98
    assert len(np.unique(groups)) >= 298


def test_different_images_are_no_duplicates(make_scenes):
    groups = near_duplicate_groups(make_scenes(2000, seed=1), quiet=True)
    assert len(np.unique(groups)) >= 0.99 * 2000


def test_strokes_that_look_alike_are_no_duplicates():
    rng = np.random.default_rng(0)
    strokes = np.zeros((1500, 28, 28, 1), np.uint8)
    for row in range(1500):
        top, slant, width = rng.uniform(2, 6), rng.normal(0, 4), rng.uniform(2, 4)
        for line in range(int(top), 24):
            middle = 14 + slant * (line - 14) / 10 + 0.3 * rng.normal()
            strokes[row, line, :, 0] = 255 * np.clip(width / 2 + 0.5 - np.abs(np.arange(28) - middle), 0, 1)
    assert len(np.unique(near_duplicate_groups(strokes, quiet=True))) >= 0.99 * 1500


def test_copies_are_exact_duplicates_whatever_they_show(make_scenes):
    scenes = make_scenes(20)
    images = np.concatenate([scenes, scenes[:5], np.zeros((3, 32, 32, 3), np.uint8)])
    duplicates = find_duplicates(images, measure(images, quiet=True))
    assert duplicates.exact.tolist() == [*range(20), *range(5), 25, 25, 25]
    assert not len(duplicates.first)


def test_blank_images_of_other_brightness_are_no_duplicates():
    images = np.stack([np.full((32, 32, 3), level, np.uint8) for level in range(0, 250, 10)])
    assert len(np.unique(near_duplicate_groups(images, quiet=True))) == 25


def test_one_and_two_images_can_be_searched(make_scenes):
    assert len(near_duplicate_groups(make_scenes(1), quiet=True)) == 1
    assert len(np.unique(near_duplicate_groups(make_scenes(2), quiet=True))) == 2


def test_large_images_of_any_shape_can_be_searched(make_scenes):
    wide = make_scenes(40, side=90)[:, :50]
    groups = near_duplicate_groups(
        np.concatenate([wide, np.stack([as_jpeg(image) for image in wide[:10]])]), quiet=True
    )
    assert (groups[:10] == groups[40:]).all()


def test_the_same_seed_finds_the_same_duplicates(make_scenes):
    scenes = make_scenes(100)
    images = np.concatenate([scenes, scenes[:50] // 2])
    assert (near_duplicate_groups(images, quiet=True) == near_duplicate_groups(images, quiet=True)).all()


def test_a_copy_leaves_nothing_unexplained_and_another_image_does(make_scenes):
    scenes = make_scenes(8)
    assert unexplained(scenes, scenes).max() < 0.01
    assert unexplained(scenes, scenes[::-1]).min() > 0.35


def test_all_hashes_within_seven_bits_are_found():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (3000, 128)).astype(bool)
    for row in range(1000):
        bits[row + 1000] = bits[row]
        bits[row + 1000, rng.choice(128, 7, replace=False)] ^= True
    first, second = hashing.near_pairs(bits)
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    assert all((row, row + 1000) in found for row in range(1000))
    assert len(found) < 1100


def test_searching_takes_time_in_proportion_to_the_images():
    rng = np.random.default_rng(0)
    took = {}
    for count in (10_000, 80_000):
        bits = rng.integers(0, 2, (count, 128), dtype=np.uint8).astype(bool)
        start = time.process_time()
        hashing.near_pairs(bits)
        took[count] = time.process_time() - start
    assert took[80_000] < 24 * took[10_000]  # 8 times the images; 64 times would be all pairs


def test_a_crowd_of_equal_hashes_does_not_make_all_pairs():
    bits = np.zeros((5000, 128), bool)
    first, _ = hashing.near_pairs(bits)
    assert len(first) <= 5000 * hashing.WINDOW * hashing.BANDS


def test_a_look_is_the_average_of_what_it_covers():
    ramp = np.tile(np.arange(28, dtype=np.uint8), (1, 28, 1))[..., None]
    looks = measure(ramp, quiet=True).looks
    assert looks.shape == (1, LOOK, LOOK)
    assert np.isclose(looks.astype(float).mean(), 13.5, atol=0.01)


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least", "most"), [("mnist", 0, 10), ("fashion_mnist", 10, 60), ("cifar10", 120, 220)]
)
def test_real_images_have_the_duplicates_that_were_looked_at(name, least, most):
    if "SACCADE_DATA_HOME" not in os.environ:
        pytest.skip("needs SACCADE_DATA_HOME")
    if name == "cifar10" and not (Path(os.environ["SACCADE_DATA_HOME"]) / "cifar10.npz").is_file():
        pytest.skip("needs cifar10.npz")
    images = load(name, quiet=True).images[:20_000]
    duplicates = find_duplicates(images, measure(images, quiet=True))
    assert least <= len(duplicates.first) <= most


def test_duplicates_are_remembered_by_content(monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (2100, 16, 16, 1), dtype=np.uint8)
    images[7] = images[3]
    images[2000] = np.clip(images[5].astype(int) + 2, 0, 255)
    groups = near_duplicate_groups(images, quiet=True)
    monkeypatch.setattr(
        "saccade.modalities.images.audit.near_duplicates.matched_by_looks",
        lambda *_, **__: pytest.fail("searched again"),
    )
    again = near_duplicate_groups(images.copy(), quiet=True)
    assert (groups == again).all()
    assert groups[3] == groups[7]
    assert groups[5] == groups[2000]
