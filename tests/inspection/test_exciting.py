import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RunError, UnknownNameError
from saccade.inspection.top_patches import most_exciting

pytestmark = pytest.mark.heavy

layers = keras.layers


def bright_spots(places, side=12):
    """Return black images with one white pixel each."""
    images = np.zeros((len(places), side, side, 1), np.uint8)
    for row, (top, left, level) in enumerate(places):
        images[row, top, left] = level
    return images


def blurring(*, padding="valid", strides=1):
    """Return a network whose only channel is the sum over 3×3 pixels."""
    stack = [keras.Input((12, 12, 1)), layers.Conv2D(1, 3, padding=padding, strides=strides, name="blur")]
    network = keras.Sequential([*stack, layers.Flatten(name="row"), layers.Dense(2)])
    network.get_layer("blur").set_weights([np.ones((3, 3, 1, 1)), np.zeros(1)])
    return network


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
def test_the_patch_holds_what_excited_the_channel(padding, strides):
    places = [(0, 0, 200), (11, 11, 100), (5, 6, 255), (9, 2, 150)]
    images = bright_spots(places)
    found = most_exciting(blurring(padding=padding, strides=strides), images, ["blur"], top=3)["blur"]
    seen = [place for place in places if strides == 1 or padding == "same" or max(place[:2]) < 11]
    best = sorted(seen, key=lambda place: -place[2])[:3]
    assert [places[row] for row in found.rows[0][: len(best)]] == best
    assert found.values[0][: len(best)].tolist() == [level for *_, level in best]
    for patch, (*_, level) in zip(found.patches(images, 0), best, strict=False):
        assert patch.max() == level
        assert max(patch.shape) <= 3


def test_a_patch_at_the_border_is_cut_off_there():
    found = most_exciting(blurring(padding="same"), bright_spots([(0, 0, 255)]), ["blur"])["blur"]
    top, left, bottom, right = found.boxes[0, 0]
    assert (top, left) == (0, 0)
    assert (bottom, right) in {(2, 2), (3, 2), (2, 3), (3, 3)}


def test_more_images_than_a_batch_are_looked_through():
    images = bright_spots([(4, 4, 1)] * 150 + [(4, 4, 250)] + [(4, 4, 2)] * 60)
    found = most_exciting(blurring(), images, ["blur"], top=2)["blur"]
    assert found.rows[0, 0] == 150
    assert found.rows[0, 1] > 150


def test_only_chosen_rows_are_looked_at():
    images = bright_spots([(4, 4, 9), (4, 4, 5), (4, 4, 7)])
    assert most_exciting(blurring(), images, ["blur"], rows=np.array([1, 2]))["blur"].rows.tolist() == [[2, 1]]


def test_a_layer_that_gives_no_image_has_no_patches():
    with pytest.raises(RunError, match="gives no image"):
        most_exciting(blurring(), bright_spots([(1, 1, 1)]), ["row"])


def test_an_unknown_layer_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="'blur'"):
        most_exciting(blurring(), bright_spots([(1, 1, 1)]), ["blurr"])
