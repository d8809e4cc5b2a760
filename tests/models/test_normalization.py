"""Fused batch normalisation answers as Keras's own does."""

import numpy as np
import pytest
import tensorflow as tf

from saccade.core import backend, batch_mean
from saccade.core.backend import keras
from saccade.models._normalization import FusedBatchNormalization, batch_normalization, fused_in_half_precision

MAPS = np.random.default_rng(0).normal(2, 3, (4, 8, 8, 5)).astype(np.float32)


def trained(layer, maps):
    """Return what a layer answers in training, the gradients of maps and weights, and what it remembers."""
    layer.build(maps.shape)
    layer.gamma.assign(np.linspace(0.5, 2, 5))
    layer.beta.assign(np.linspace(-1, 1, 5))
    maps = tf.constant(maps)
    pull = tf.constant(np.random.default_rng(1).normal(size=maps.shape), "float32")
    with tf.GradientTape() as tape:
        tape.watch(maps)
        outputs = layer(maps, training=True)
        loss = tf.reduce_sum(tf.cast(outputs, "float32") * pull)
    gradients = tape.gradient(loss, [maps, *(each.value for each in layer.trainable_variables)])
    found = (outputs, *gradients, layer.moving_mean, layer.moving_variance)
    return [tf.cast(each, "float32").numpy() for each in found]


def test_answers_gradients_and_memory_are_those_of_keras():
    plain = trained(keras.layers.BatchNormalization(momentum=0.9), MAPS)
    fused = trained(FusedBatchNormalization(momentum=0.9), MAPS)
    for ours, theirs in zip(fused, plain, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_without_training_it_answers_by_what_it_remembers():
    layer = FusedBatchNormalization(momentum=0.9)
    trained(layer, MAPS)
    plain = keras.layers.BatchNormalization(momentum=0.9)
    plain.build(MAPS.shape)
    plain.set_weights(layer.get_weights())
    np.testing.assert_array_equal(np.asarray(layer(MAPS)), np.asarray(plain(MAPS)))


def test_where_processes_share_a_batch_it_takes_the_statistics_as_keras_does():
    with batch_mean.taken_by(keras.ops.mean):
        shared = trained(FusedBatchNormalization(momentum=0.9), MAPS)
    for ours, theirs in zip(shared, trained(keras.layers.BatchNormalization(momentum=0.9), MAPS), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("policy", "fused"), [("mixed_bfloat16", True), ("float32", False)])
def test_only_a_network_in_half_precision_has_it(policy, fused):
    with fused_in_half_precision(), backend.precision_scope(policy):
        assert isinstance(batch_normalization(), FusedBatchNormalization) == fused
    with backend.precision_scope(policy):
        assert not isinstance(batch_normalization(), FusedBatchNormalization)
