"""The textbook's loops compute what Keras computes, whatever the shapes, strides, paddings and dilations."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from saccade.core.backend import keras
from saccade.inspection import operations

pytestmark = pytest.mark.heavy

layers = keras.layers
sides = some.integers(1, 9)
windows = some.tuples(some.integers(1, 4), some.integers(1, 4))
paddings = some.sampled_from(["valid", "same"])
seeds = some.integers(0, 2**32 - 1)
# each new shape is compiled by Keras, which takes a while
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def by_keras(layer, image):
    return np.asarray(keras.ops.convert_to_numpy(layer(image[None].astype(np.float32))))[0]


def with_random_weights(layer, shape, random):
    layer.build((None, *shape))
    layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


@some.composite
def moves(draw, *, square=False):
    """Strides or dilation: Keras on TensorFlow cannot have both, nor unequal strides for depthwise layers."""
    down, right = draw(some.integers(1, 3)), draw(some.integers(1, 3))
    if draw(some.booleans()):
        return {"strides": (down, down if square else right), "dilation": (1, 1)}
    return {"strides": (1, 1), "dilation": (down, right)}


def fits(shape, window, dilation=(1, 1), padding="valid"):
    reach = [(side - 1) * apart + 1 for side, apart in zip(window, dilation, strict=True)]
    return padding == "same" or all(have >= need for have, need in zip(shape, reach, strict=True))


@patiently
@given(sides, sides, some.integers(1, 3), windows, some.integers(1, 3), paddings, moves(), some.booleans(), seeds)
def test_convolution_is_that_of_keras(height, width, channels, window, filters, padding, move, biased, seed):
    assume(fits((height, width), window, move["dilation"], padding))
    random = np.random.default_rng(seed)
    image = random.normal(size=(height, width, channels))
    layer = layers.Conv2D(
        filters,
        window,
        strides=move["strides"],
        dilation_rate=move["dilation"],
        padding=padding,
        use_bias=biased,
    )
    with_random_weights(layer, image.shape, random)
    found = operations.convolve(image, *layer.get_weights(), padding=padding, **move)
    np.testing.assert_allclose(found, by_keras(layer, image), rtol=1e-4, atol=1e-5)


@patiently
@given(sides, sides, some.integers(1, 3), some.integers(1, 2), some.integers(1, 2), windows, paddings, seeds)
def test_grouped_convolution_is_that_of_keras(height, width, groups, seen, each, window, padding, seed):
    assume(fits((height, width), window, padding=padding))
    random = np.random.default_rng(seed)
    image = random.normal(size=(height, width, groups * seen))
    layer = layers.Conv2D(groups * each, window, padding=padding, groups=groups)
    with_random_weights(layer, image.shape, random)
    found = operations.convolve(image, *layer.get_weights(), padding=padding, groups=groups)
    np.testing.assert_allclose(found, by_keras(layer, image), rtol=1e-4, atol=1e-5)


@patiently
@given(
    sides,
    sides,
    some.integers(1, 3),
    windows,
    some.none() | some.tuples(some.integers(1, 3), some.integers(1, 3)),
    paddings,
    seeds,
)
def test_pooling_is_that_of_keras(height, width, channels, window, strides, padding, seed):
    assume(fits((height, width), window, padding=padding))
    # below zero too, where a padding of zeros would win
    image = np.random.default_rng(seed).normal(loc=-3, size=(height, width, channels))
    expected = by_keras(layers.MaxPooling2D(window, strides=strides, padding=padding), image)
    np.testing.assert_allclose(
        operations.pool_max(image, window, strides=strides, padding=padding), expected, rtol=1e-5
    )


@patiently
@given(some.integers(1, 20), some.integers(1, 6), seeds)
def test_a_dense_layer_is_that_of_keras(count, units, seed):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=count)
    layer = with_random_weights(layers.Dense(units), inputs.shape, random)
    found = operations.weigh(inputs, *layer.get_weights())
    np.testing.assert_allclose(found, by_keras(layer, inputs), rtol=1e-4, atol=1e-5)


@given(some.integers(1, 40), some.integers(1, 6), some.integers(1, 4), some.integers(1, 3), paddings)
def test_no_window_leaves_the_padded_image_and_no_further_one_fits(size, window, stride, dilation, padding):
    assume(fits((size, size), (window, window), (dilation, dilation), padding))
    side = operations.slide(size, window, stride=stride, dilation=dilation, padding=padding)
    seen = [cell for place in range(side.places) for cell in side.cells(place)]
    assert min(seen) >= -side.before
    assert max(seen) < size + side.after
    assert max(side.cells(side.places)) >= size + side.after
    # with gaps between the places or the numbers, cells between are left out too
    if stride <= window and dilation == 1:
        assert size - 1 - max(cell for cell in seen if cell < size) == side.left_over


@given(some.integers(1, 40), some.integers(1, 6), some.integers(1, 4))
def test_same_padding_puts_the_odd_cell_behind(size, window, stride):
    side = operations.slide(size, window, stride=stride, padding="same")
    assert side.places == -(-size // stride)
    assert side.after - side.before in (0, 1)


@pytest.mark.parametrize(
    ("side", "formula"),
    [
        (operations.slide(28, 3), "(28 − 3 + 0 + 0) / 1 + 1 = 26"),
        (operations.slide(13, 2, stride=2), "⌊(13 − 2 + 0 + 0) / 2⌋ + 1 = 6"),
        (operations.slide(28, 4, padding="same"), "(28 − 4 + 1 + 2) / 1 + 1 = 28"),
        (operations.slide(9, 3, dilation=2), "(9 − 5 + 0 + 0) / 1 + 1 = 5"),
    ],
)
def test_the_output_size_is_written_with_its_numbers(side, formula):
    assert side.formula == formula


NUMBERS = np.arange(1.0, 10.0).reshape(3, 3, 1)


def test_the_convolution_of_the_textbook():
    kernel = np.array([[-1.0, 0.0], [0.0, -1.0]])[..., None, None]
    assert operations.convolve(NUMBERS, kernel)[..., 0].tolist() == [[-6, -8], [-12, -14]]
    turned = kernel[::-1, ::-1]  # half a turn: what mathematicians call a convolution gives the same here
    assert operations.convolve(NUMBERS, turned)[..., 0].tolist() == [[-6, -8], [-12, -14]]


def test_the_pooling_of_the_textbook():
    assert operations.pool_max(NUMBERS, (2, 2), strides=(1, 1))[..., 0].tolist() == [[5, 6], [8, 9]]


def test_the_kernel_is_not_turned_round():
    kernel = np.array([[1.0, 0.0], [0.0, 0.0]])[..., None, None]
    assert operations.convolve(NUMBERS, kernel)[..., 0].tolist() == [[1, 2], [4, 5]]
