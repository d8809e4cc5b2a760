import numpy as np
import pytest

from saccade.tasks import main_components as subject
from saccade.tasks.main_components import main_components


@pytest.fixture
def few_are_turned(monkeypatch):
    monkeypatch.setattr(subject, "WORTH_TURNING", 100)
    monkeypatch.setattr(subject, "COMPONENTS", 8)


def images(number, seed=0):
    """Images of 40 pixels, which five numbers say but for a little noise."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(7).random((5, 40))
    return (random.random((number, 5)) @ mixing + 0.001 * random.random((number, 40))).astype(np.float32)


def distances(some, others):
    return np.linalg.norm(some[:, None] - others, axis=2)


def test_distances_stay_as_they_are(few_are_turned):
    known, asked = images(300), images(20, seed=1)
    turned, turned_asked = main_components(known, asked)
    assert (turned.shape, turned_asked.shape) == ((300, 8), (20, 8))
    assert turned.dtype == turned_asked.dtype == np.float32
    np.testing.assert_allclose(distances(turned_asked, turned), distances(asked, known), atol=0.01)


def test_the_components_are_those_of_training_images_only(few_are_turned):
    known, asked = images(300), images(20, seed=1)
    alone, _ = main_components(known, asked[:1])
    np.testing.assert_array_equal(main_components(known, 9 * asked)[0], alone)


def test_the_same_images_give_the_same_numbers(few_are_turned, monkeypatch):
    monkeypatch.setattr(subject, "MEASURED", 150)
    known = images(300)
    np.testing.assert_array_equal(main_components(known, known)[0], main_components(known, known)[1])


def test_few_images_and_small_ones_stay_pixels(few_are_turned):
    few, small = images(99), images(300)[:, :8]
    assert main_components(few, few)[0] is few
    assert main_components(small, small)[1] is small


def test_pixels_that_never_change_do_no_harm(few_are_turned):
    known = np.zeros((200, 40), np.float32)
    turned, _ = main_components(known, known)
    assert np.isfinite(turned).all()
