import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.modalities.images.augmentation import Cutout, FlipAndShift, layers
from saccade.modalities.images.settings import Augment
from saccade.training.mixup import Mixup

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 8, 10, 3), dtype=np.uint8)


def test_no_augmentation_is_no_layer():
    assert layers(Augment(), seed=0) == []


def passes(flip, count, *, images=IMAGES, steps=1):
    """Return which images are mirrored from left to right, (count, n), and upside down, in each of some passes."""
    layer = FlipAndShift(flip, 0, seed=0)
    layer.steps_a_pass = steps
    seen = [np.array(layer(images, training=True)) for _ in range(count)]
    across, down = images[:, :, ::-1], images[:, ::-1]
    both = images[:, ::-1, ::-1]
    shown = [
        [[(a == b).all() for a, b in zip(each, way, strict=True)] for way in (across, down, both)] for each in seen
    ]
    sideways, upside_down, twice = np.moveaxis(np.array(shown), 1, 0)
    return sideways | twice, upside_down | twice


def test_half_of_the_images_are_mirrored_and_in_the_next_pass_the_others():
    many = np.random.default_rng(0).integers(0, 256, (1000, 8, 10, 3), dtype=np.uint8)
    mirrored, upside_down = passes("horizontal", 3, images=many)
    assert 0.45 < mirrored[0].mean() < 0.55
    assert (mirrored[1] == ~mirrored[0]).all()
    assert (mirrored[2] == mirrored[0]).all()
    assert not upside_down.any()


def test_a_pass_has_as_many_steps_as_the_trainer_says():
    mirrored, _ = passes("horizontal", 6, steps=3)
    assert (mirrored[:3] == mirrored[0]).all()
    assert (mirrored[3:] == ~mirrored[0]).all()


def test_both_ways_each_image_is_seen_in_each_of_four_ways_in_four_passes():
    sideways, upside_down = passes("both", 4)
    assert all(len(set(zip(*ways, strict=True))) == 4 for ways in zip(sideways.T, upside_down.T, strict=True))


@pytest.mark.parametrize("values", [[0, 255], [0, 128], [64, 192]])
def test_drawings_of_two_values_are_halved_too(values):
    drawn = np.random.default_rng(0).choice(np.array(values, np.uint8), (1000, 28, 28, 1))
    mirrored, _ = passes("horizontal", 1, images=drawn)
    assert 0.42 < mirrored.mean() < 0.58


def test_a_vertical_flip_turns_rows_only():
    flipped = np.array(FlipAndShift("vertical", 0, seed=0)(IMAGES, training=True))
    assert all(np.array_equal(a, b) or np.array_equal(a, b[::-1]) for a, b in zip(flipped, IMAGES, strict=True))


def test_shifting_moves_whole_pixels_and_reflects_at_the_border():
    moved = np.array(FlipAndShift("none", 0.25, seed=0)(IMAGES, training=True))
    reflected = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")

    def windows(image):
        return [image[top : top + 8, left : left + 10] for top in range(5) for left in range(5)]

    found = [any(np.array_equal(a, w) for w in windows(b)) for a, b in zip(moved, reflected, strict=True)]
    assert moved.dtype == np.uint8
    assert all(found)
    assert len({moved[i].tobytes() for i in range(16)}) == 16


def test_cutout_blanks_a_square_of_the_asked_side():
    images = np.random.default_rng(0).uniform(1, 255, (32, 20, 20, 1)).astype("float32")
    cut = np.array(Cutout(0.3, seed=0)(images, training=True))
    blank = (cut != images).reshape(32, -1).sum(axis=1)
    assert blank.max() == 36
    assert blank.min() < 36  # part of the square fell outside


def test_mixup_blends_images_and_targets_with_the_same_weight():
    mixup = Mixup(0.4, seed=0)
    images = IMAGES.astype("float32")
    targets = np.eye(16, dtype="float32")
    mixed, blended = np.array(mixup.inputs(images)), np.array(mixup.targets(targets))
    assert np.allclose(mixed, np.einsum("ij,jhwc->ihwc", blended, images), atol=1e-3)
    assert np.allclose(blended.sum(axis=1), 1)


def test_other_light_makes_each_channel_stronger_or_weaker():
    images = np.full((16, 4, 4, 3), 100, np.uint8)
    (layer,) = layers(Augment(colour=0.3), seed=0)
    made = keras.ops.convert_to_numpy(layer(images, training=True))
    assert 70 <= made.min() < 80
    assert 120 < made.max() <= 130
    assert np.allclose(made, made[:, :1, :1])  # the same all over an image
    assert len(np.unique(made[:, 0, 0].round(3))) == 48  # and another for each image and channel


@pytest.mark.parametrize("name", ["flip", "rotate", "colour"])
def test_what_no_trial_has_settled_is_refused(name):
    with pytest.raises(RecipeError, match=f"augment.{name} is auto"):
        layers(Augment(**{name: "auto"}), seed=0)


@pytest.mark.parametrize("name", list(Augment.model_fields))
def test_nothing_changes_outside_training(name):
    amount = "horizontal" if name == "flip" else 0.2
    images = IMAGES.astype("float32")
    for layer in layers(Augment(**{name: amount}), seed=0):
        assert np.allclose(keras.ops.convert_to_numpy(layer(images, training=False)), images)
