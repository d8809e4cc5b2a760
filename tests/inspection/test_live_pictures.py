"""What can be drawn of any network of images, whatever its first layer is."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from saccade.core.backend import keras
from saccade.inspection.live_pictures import pictures_of, shown_rows

layers = keras.layers


def data(shape, *, splits=("train", "validation", "test")):
    splits = np.repeat(np.array(splits), 4)
    inputs = np.random.default_rng(0).integers(0, 256, (len(splits), *shape), dtype=np.uint8)
    return SimpleNamespace(inputs=inputs, rows=lambda split: np.flatnonzero(splits == split))


def network(shape, *inside):
    return keras.Sequential([keras.Input(shape), layers.Rescaling(1 / 255), *inside])


def titles(found):
    return [each.title for each in found]


@pytest.mark.heavy
def test_a_network_of_convolutions_shows_its_filters_and_maps_of_three_depths():
    made = network(
        (32, 32, 3),
        layers.Conv2D(40, 3, padding="same", activation="relu"),
        *(layers.Conv2D(12, 3, strides=2, padding="same") for _ in range(3)),
        layers.Flatten(),
        layers.Dense(2),
    )
    found = pictures_of(made, data((32, 32, 3)))
    assert titles(found) == [
        "What the first layer looks for", "One validation image",
        "Early in the network", "Halfway in the network", "Late in the network",
    ]  # fmt: skip
    assert "32 of 40" in found[0].caption
    assert [each.caption.count("32×32 places") + each.caption.count("4×4 places") for each in found[2:]] == [1, 0, 1]
    assert "Bright" in found[2].caption and "blue" in found[4].caption  # the last has negative numbers


@pytest.mark.heavy
def test_units_that_see_the_whole_image_are_shown_as_images():
    found = pictures_of(network((8, 8, 1), layers.Flatten(), layers.Dense(5)), data((8, 8, 1)))
    assert titles(found) == ["What the first layer looks for"]
    assert "all 5, 8×8 pixels each" in found[0].caption and "red adds" in found[0].caption


@pytest.mark.heavy
def test_a_frozen_layer_is_said_to_stay_as_it_is():
    made = network((8, 8, 3), layers.Conv2D(2, 3, trainable=False))
    assert "kept as it is" in pictures_of(made, data((8, 8, 3)))[0].caption


@pytest.mark.heavy
def test_each_filter_is_stretched_to_its_own_strongest_weight():
    made = network((8, 8, 1), layers.Conv2D(2, 3, use_bias=False))
    kernel = np.zeros((3, 3, 1, 2), np.float32)
    kernel[0, 0, 0] = 0.001, -50.0
    made.layers[-1].set_weights([kernel])
    pixels = np.asarray(Image.open(io.BytesIO(pictures_of(made, data((8, 8, 1)))[0].png)))
    first, second = pixels[4, 4], pixels[4, 4 + 54 + 6]  # corners of the two tiles
    assert first[0] > 2 * first[2] / 1.5 and second[2] > second[0]  # red, blue
    assert pixels[0, 55, 3] == 0  # the gap is clear


@pytest.mark.heavy
def test_rows_of_numbers_have_no_pictures():
    made = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert pictures_of(made, data((4,))) == ()


def test_images_are_those_of_validation_and_without_one_of_training():
    assert set(shown_rows(data((4, 4, 1)), 3).tolist()) <= {4, 5, 6, 7}
    assert set(shown_rows(data((4, 4, 1), splits=("train", "test")), 9).tolist()) == {0, 1, 2, 3}
