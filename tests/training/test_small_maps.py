"""Convolutions over small maps: the answers and gradients of TensorFlow's own, whatever the processor."""

import numpy as np
import pytest

from saccade.core import backend
from saccade.core.backend import keras
from saccade.training.small_maps import small_maps_together

pytestmark = pytest.mark.heavy


@pytest.fixture(autouse=True)
def tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "multiplies_tiles", lambda: True)


def found(
    images: np.ndarray,
    *,
    filters: int,
    together: bool,
    count: int | None = None,
    dtype: str = "mixed_bfloat16",
    **options: object,
) -> tuple[list[np.ndarray], list[str]]:
    """Return answers and gradients (of the images, the kernel) of a layer, and what operations its graph has."""
    import tensorflow as tf

    layer = keras.layers.Conv2D(filters, padding="same", use_bias=False, dtype=dtype, **options)
    layer.build((None, *images.shape[1:]))
    layer.kernel.assign(np.random.default_rng(1).normal(size=layer.kernel.shape).astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec((count, *images.shape[1:]), layer.compute_dtype)], autograph=False)
    def step(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            answers = layer(images)
        pulls = tf.cast(tf.reshape(tf.range(tf.size(answers)) % 7 - 3, tf.shape(answers)), answers.dtype)
        return answers, *tape.gradient(answers, [images, layer.kernel.value], output_gradients=pulls)

    given = tf.cast(images, layer.compute_dtype)
    if together:
        with small_maps_together():
            results = step(given)
    else:
        results = step(given)
    return [np.asarray(each, np.float32) for each in results], [
        operation.type for operation in step.get_concrete_function().graph.get_operations()
    ]


@pytest.mark.parametrize("count", [None, 37])
@pytest.mark.parametrize(
    ("side", "options"),
    [
        (4, {"kernel_size": 3}),
        (8, {"kernel_size": 3, "strides": 2}),
        (6, {"kernel_size": 5}),
        (6, {"kernel_size": 4}),
        (8, {"kernel_size": 4, "strides": 2}),
        (8, {"kernel_size": 1, "strides": 2}),
        (4, {"kernel_size": 1}),
        (2, {"kernel_size": 3}),
        (2, {"kernel_size": 3, "strides": 2}),
        (2, {"kernel_size": 5}),
        (1, {"kernel_size": 3}),
    ],
)
def test_they_have_the_answers_and_gradients_of_every_image_alone(side, options, count):
    images = np.random.default_rng(0).normal(size=(37, side, side, 8)).astype(np.float32)
    alone, usual = found(images, filters=16, together=False, count=count, **options)
    together, other = found(images, filters=16, together=True, count=count, **options)
    assert other != usual
    for one, all_together in zip(alone, together, strict=True):
        np.testing.assert_allclose(all_together, one, rtol=0.02, atol=0.02 * np.abs(one).max())


@pytest.mark.parametrize(("side", "strides"), [(1, 1), (2, 1), (2, 2), (4, 1)])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("kernel_size", [3, 4])
def test_depthwise_kernels_have_the_same_answers_and_gradients(side, strides, dtype, kernel_size):
    import tensorflow as tf

    layer = keras.layers.DepthwiseConv2D(kernel_size, strides=strides, padding="same", dtype=dtype)
    images = tf.cast(np.random.default_rng(0).normal(size=(6, side, side, 8)), layer.compute_dtype)
    layer.build(images.shape)

    def found() -> list[np.ndarray]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            answers = layer(images)
            loss = tf.reduce_sum(tf.cast(answers, tf.float32) ** 2)
        gradients = tape.gradient(loss, [images, *(each.value for each in layer.trainable_weights)])
        return [np.asarray(each, np.float32) for each in (answers, *gradients)]

    alone = found()
    with small_maps_together():
        together = found()
        graph = tf.function(layer).get_concrete_function(images).graph
    assert ("Pad" in {operation.type for operation in graph.get_operations()}) is (side <= 2)
    assert layer.padding == "same"
    for one, all_together in zip(alone, together, strict=True):
        np.testing.assert_allclose(all_together, one, rtol=0.02, atol=0.02 * np.abs(one).max())


def test_maps_that_are_no_squares_are_taken_too():
    images = np.random.default_rng(0).normal(size=(20, 3, 7, 8)).astype(np.float32)
    alone, usual = found(images, filters=4, together=False, kernel_size=3)
    together, other = found(images, filters=4, together=True, kernel_size=3)
    assert other != usual
    for one, all_together in zip(alone, together, strict=True):
        np.testing.assert_allclose(all_together, one, rtol=0.02, atol=0.02 * np.abs(one).max())


@pytest.mark.parametrize(
    ("side", "options"),
    [(16, {"kernel_size": 3}), (7, {"kernel_size": 3, "strides": 2}), (8, {"kernel_size": 3, "dilation_rate": 2})],
)
def test_what_is_no_small_map_stays_with_tensorflow(side, options):
    images = np.random.default_rng(0).normal(size=(4, side, side, 8)).astype(np.float32)
    alone, usual = found(images, filters=4, together=False, **options)
    together, other = found(images, filters=4, together=True, **options)
    assert other == usual
    for one, all_together in zip(alone, together, strict=True):
        np.testing.assert_array_equal(all_together, one)


def test_float32_stays_with_tensorflow():
    images = np.random.default_rng(0).normal(size=(4, 2, 2, 8)).astype(np.float32)
    _, usual = found(images, filters=4, together=False, kernel_size=3, dtype="float32")
    _, other = found(images, filters=4, together=True, kernel_size=3, dtype="float32")
    assert other == usual


def test_a_processor_without_tiles_keeps_what_keras_has(monkeypatch):
    monkeypatch.setattr(backend, "multiplies_tiles", lambda: False)
    before = keras.layers.Conv2D.convolution_op
    with small_maps_together():
        assert keras.layers.Conv2D.convolution_op is before


def test_layers_are_as_before_afterwards():
    before = keras.layers.Conv2D.convolution_op, keras.layers.DepthwiseConv2D.call
    with pytest.raises(RuntimeError), small_maps_together():
        assert keras.layers.Conv2D.convolution_op is not before[0]
        assert keras.layers.DepthwiseConv2D.call is not before[1]
        raise RuntimeError
    assert (keras.layers.Conv2D.convolution_op, keras.layers.DepthwiseConv2D.call) == before
