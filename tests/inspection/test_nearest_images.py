"""The training images that an image is most like to a network, and in words how near they are."""

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.inspection import nearest_images
from saccade.inspection.nearest_images import KnownImages, Neighbourhood, nearest, nearness

USUAL = np.linspace(0.01, 1, 100)


def test_the_nearest_are_those_of_the_largest_cosine_among_the_rows_that_may_be():
    angles = np.radians([0, 10, 20, 40, 80, 1])
    lengths = np.array([1, 5, 0.1, 2, 1, 1])
    vectors = lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = nearest(vectors.astype(np.float16), np.array([0, 4]), among=np.array([1, 2, 3, 4]))
    assert found.tolist() == [[1, 2, 3], [4, 3, 2]]


def test_of_few_training_images_all_are_shown():
    assert nearest(np.eye(3), np.array([0]), among=np.array([2, 1])).shape == (1, 2)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0, "the same to the network"),
        (0.055, "very near: 95% of the training images have no other so near"),
        (0.305, "near: 70% of the training images have no other so near"),
        (0.705, "not near: 70% of the training images have another that is nearer"),
        (1.5, "far: 100% of the training images have another that is nearer"),
    ],
)
def test_how_near_is_said_by_how_near_training_images_are_to_each_other(distance, words):
    assert nearness(distance, USUAL) == words


def first_and_second(images):
    """Return a network whose features are the first two pixels."""
    image = keras.Input(images.shape[1:])
    first = keras.layers.Cropping2D(((0, 0), (0, 2)))(image)
    features = keras.layers.Flatten()(first)
    return keras.Model(image, keras.layers.Dense(2, name="answer")(features))


@pytest.fixture(scope="module")
def known():
    """Images of 1×4 pixels; the last two are noise to the network, the last row is of the test."""
    angles = np.radians([0, 30, 40, 60, 41])
    pixels = np.zeros((5, 1, 4, 1), np.uint8)
    pixels[:, 0, 0, 0], pixels[:, 0, 1, 0] = np.rint(250 * np.cos(angles)), np.rint(250 * np.sin(angles))
    pixels[:, 0, 2:, 0] = np.random.default_rng(0).integers(0, 256, (5, 2))
    names = np.array([f"{row}.png" for row in range(5)])
    return KnownImages(pixels, np.arange(4), names, lambda row: f"label {row}")


@pytest.fixture(scope="module")
def near(known):
    return Neighbourhood(first_and_second(known.images), known)


def test_neighbours_are_found_by_what_comes_into_the_last_layer(near, known):
    found = near.nearest(known.images[4:].astype(np.float32), name="4.png")
    assert [each.name for each in found] == ["2.png", "1.png", "3.png"]
    assert [each.label for each in found] == ["label 2", "label 1", "label 3"]
    assert found[1].distance == pytest.approx(1 - np.cos(np.radians(11)), abs=2e-3)
    np.testing.assert_array_equal(found[0].pixels, known.images[2])
    assert near.layer == "answer"


def test_an_image_is_not_its_own_neighbour_but_a_copy_of_it_is(near, known):
    image = known.images[1:2].astype(np.float32)
    found = [each.name for each in near.nearest(image, name="1.png")]
    assert found[0] == "2.png"
    assert sorted(found) == ["0.png", "2.png", "3.png"]
    assert near.nearest(image, name="copy.png")[0].nearness == "the same to the network"


def test_features_are_computed_once_and_kept(known, tmp_path, monkeypatch):
    model, memory = first_and_second(known.images), tmp_path / "features.npz"
    image = known.images[4:].astype(np.float32)
    first = Neighbourhood(model, known, memory=memory).nearest(image)
    monkeypatch.setattr(Neighbourhood, "_computed", lambda _: pytest.fail("they were computed again"))
    again = Neighbourhood(model, known, memory=memory).nearest(image)
    assert [(each.name, each.nearness) for each in again] == [(each.name, each.nearness) for each in first]


def test_of_a_network_that_works_much_fewer_images_are_looked_at(known, monkeypatch):
    monkeypatch.setattr(nearest_images, "WORK", 1)
    monkeypatch.setattr(nearest_images, "FEWEST_IMAGES", 2)
    assert Neighbourhood(first_and_second(known.images), known).rows.tolist() == [0, 3]
