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


def test_flipping_mirrors_some_images_and_leaves_the_others():
    flipped = np.array(FlipAndShift("horizontal", 0, seed=0)(IMAGES, training=True))
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(flipped, IMAGES, strict=True)]
    unchanged = [np.array_equal(a, b) for a, b in zip(flipped, IMAGES, strict=True)]
    assert all(np.logical_xor(mirrored, unchanged))
    assert any(mirrored) and any(unchanged)


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
