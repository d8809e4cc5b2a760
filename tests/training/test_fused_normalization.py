"""Batch normalisation by the fused kernel: Keras's numbers, and Keras's own where the kernel cannot."""

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.training.fused_normalization import fused_normalization

pytestmark = pytest.mark.heavy


def normalized_twice(shape: tuple[int, ...], **options: object) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return answer, statistics and gradient of a layer, by Keras and by the kernel."""
    import tensorflow as tf

    values = tf.constant(np.random.default_rng(0).normal(2, 3, shape).astype(np.float32))
    weights = tf.constant(np.random.default_rng(1).normal(size=shape).astype(np.float32))

    def found() -> list[np.ndarray]:
        layer = keras.layers.BatchNormalization(momentum=0.9, **options)
        with tf.GradientTape() as tape:
            tape.watch(values)
            answer = layer(values, training=True)
            loss = tf.reduce_sum(weights * tf.cast(answer, tf.float32))
        gradients = tape.gradient(loss, [values, *(each.value for each in layer.trainable_weights)])
        return [np.asarray(each, np.float32) for each in (answer, *layer.non_trainable_weights, *gradients)]

    plain = found()
    with fused_normalization():
        return plain, found()


@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}, {"axis": 3}])
def test_it_gives_the_answers_statistics_and_gradients_of_keras(options: dict[str, object]) -> None:
    for plain, fused in zip(*normalized_twice((6, 5, 4, 3), **options), strict=True):
        np.testing.assert_allclose(fused, plain, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("channels", [4, 16])
def test_bfloat16_stays_bfloat16_with_statistics_in_float32(channels: int) -> None:
    plain, fused = normalized_twice((8, 7, 7, channels), dtype="mixed_bfloat16")
    np.testing.assert_allclose(fused[0], plain[0], atol=0.05)
    np.testing.assert_allclose(fused[1], plain[1], rtol=0.02)
    np.testing.assert_allclose(fused[2], plain[2], rtol=0.02)


@pytest.mark.parametrize(
    ("shape", "options"), [((6, 5), {}), ((6, 5, 4, 3), {"axis": 1}), ((6, 5, 4, 3), {"epsilon": 1e-6})]
)
def test_what_the_kernel_cannot_do_stays_with_keras(shape: tuple[int, ...], options: dict[str, object]) -> None:
    for plain, fused in zip(*normalized_twice(shape, **options), strict=True):
        np.testing.assert_array_equal(fused, plain)


def test_a_frozen_layer_normalises_by_what_it_knows() -> None:
    layer = keras.layers.BatchNormalization()
    layer.build((None, 4, 4, 2))
    layer.trainable = False
    values = np.random.default_rng(0).normal(5, 1, (3, 4, 4, 2)).astype(np.float32)
    with fused_normalization():
        answer = np.asarray(layer(values, training=True))
    np.testing.assert_allclose(answer, values / np.sqrt(1 + layer.epsilon), rtol=1e-5)
    assert not np.asarray(layer.moving_mean).any()


def test_afterwards_keras_is_as_it_was() -> None:
    before = keras.layers.BatchNormalization.call
    with pytest.raises(RuntimeError, match="in a step"), fused_normalization():
        assert keras.layers.BatchNormalization.call is not before
        raise RuntimeError("in a step")
    assert keras.layers.BatchNormalization.call is before
