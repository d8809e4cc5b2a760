import numpy as np
import pytest

from saccade.models import quick
from saccade.models._whitening import (
    MOST_IMAGES,
    NOISE,
    PATCHES,
    WHITENING,
    cut_patches,
    most_filters,
    whitening_filters,
)


@pytest.fixture(scope="module")
def patches():
    """Return patches (20000, 3, 3, 3) whose pixels are alike if they are neighbours, as in photos."""
    noise = np.random.default_rng(0).normal(size=(20_000, 5, 5, 3))
    return (noise[:, 2:, 2:] + noise[:, 1:-1, 1:-1] + noise[:, :-2, :-2]).astype(np.float32)


def test_what_comes_out_is_uncorrelated_and_of_equal_strength(patches):
    kernel = whitening_filters(patches, filters=54)
    out = patches.reshape(-1, 27) @ kernel[..., :27].reshape(27, 27)
    covariance = out.T @ out / len(out)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-4
    assert np.diag(covariance) == pytest.approx(np.ones(27), abs=0.03)


def test_the_second_half_are_the_negatives_of_the_first(patches):
    kernel = whitening_filters(patches, filters=20)
    assert kernel.shape == (3, 3, 3, 20)
    assert np.array_equal(kernel[..., 10:], -kernel[..., :10])


def test_what_never_varies_is_not_blown_up():
    kernel = whitening_filters(np.zeros((10, 4, 4, 1), np.float32), filters=most_filters(4, 1))
    assert np.abs(kernel).max() <= 1 / np.sqrt(NOISE) + 1e-3


def test_patches_are_cut_from_images_that_are_spread_over_all_rows_and_few():
    images = np.arange(3 * MOST_IMAGES)[:, None, None, None] * np.ones((1, 4, 4, 1), np.int64)
    cut = cut_patches(images, np.arange(1, 3 * MOST_IMAGES), side=4)
    assert cut.shape == (MOST_IMAGES * PATCHES, 4, 4, 1)
    assert (cut[0, 0, 0, 0], cut[-1, 0, 0, 0]) == (1, 3 * MOST_IMAGES - 1)


def test_patches_stand_side_by_side_as_in_their_image():
    image = np.arange(8 * 9).reshape(1, 8, 9, 1)
    cut = cut_patches(image, np.arange(1), side=4)
    assert np.array_equal(np.diff(cut, axis=1), np.full((PATCHES, 3, 4, 1), 9))
    assert np.array_equal(np.diff(cut, axis=2), np.full((PATCHES, 4, 3, 1), 1))
    assert len(np.unique(cut[:, 0, 0, 0])) > 5


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("shape", "filters"), [((32, 32, 3), 48), ((28, 28, 1), 32), ((20, 20, 3), 48), ((96, 96, 3), 48)]
)
def test_quick_whitens_with_as_many_filters_as_there_are_and_as_its_images_need(shape, filters):
    network = quick.build(shape, 4, whiten=True)
    layer = network.get_layer(WHITENING)
    before = layer.get_weights()[0]
    quick.initialize(network, np.random.default_rng(0).integers(0, 256, (30, *shape), np.uint8), np.arange(20))
    assert before.shape == (4, 4, shape[2], filters)
    assert not np.array_equal(before, layer.get_weights()[0])
    assert layer.trainable_weights == []


@pytest.mark.heavy
def test_quick_without_whitening_is_left_as_it_is():
    network = quick.build((28, 28, 1), 4)
    before = [weight.copy() for weight in network.get_weights()]
    quick.initialize(network, np.zeros((30, 28, 28, 1), np.uint8), np.arange(20))
    assert all(np.array_equal(old, new) for old, new in zip(before, network.get_weights(), strict=True))
