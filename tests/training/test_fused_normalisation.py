"""Batch normalisation in one operation does what Keras's does."""

import numpy as np
import pytest
import tensorflow as tf

from saccade import models
from saccade.core import backend
from saccade.core.backend import keras
from saccade.training.fused_normalisation import fuse_normalisation

pytestmark = pytest.mark.heavy

SHAPE = (6, 5, 4, 3)


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(2, 3, SHAPE).astype(np.float32)


def normalising(policy="mixed_bfloat16", **options):
    """Return a network that only normalises, and its layer, with a scale and an offset that are not 1 and 0."""
    with backend.precision_scope(policy):
        layer = keras.layers.BatchNormalization(momentum=0.9, **options)
        inputs = keras.Input(SHAPE[1:])
        network = keras.Model(inputs, layer(inputs))
    layer.set_weights([weight + number for number, weight in enumerate(layer.get_weights())])
    return network, layer


def step(network, images):
    """Return outputs, gradients and weights after a batch of training."""
    inputs = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = network(inputs, training=True)
        loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 3)
    gradients = tape.gradient(loss, [inputs, *network.trainable_variables])
    return [np.asarray(each, np.float32) for each in (outputs, *gradients, *network.get_weights())]


def test_outputs_gradients_and_moving_statistics_are_those_of_keras(images):
    plain, fused = normalising()[0], normalising()[0]
    fuse_normalisation(fused)
    for expected, found in zip(step(plain, images), step(fused, images), strict=True):
        assert np.abs(found - expected).max() <= 0.02 * np.abs(expected).max()
    for expected, found in zip(plain.get_weights(), fused.get_weights(), strict=True):
        assert found == pytest.approx(expected, rel=1e-3)


def operations(network, *, training=True):
    """Return the names of TensorFlow's operations in a step."""
    step = tf.function(lambda images: network(images, training=training))
    graph = step.get_concrete_function(tf.TensorSpec(SHAPE, tf.float32)).graph
    return {each.type for each in graph.get_operations()}


def test_it_is_one_operation_and_in_training_only():
    network, _ = normalising()
    assert "FusedBatchNormV3" not in operations(network)
    fuse_normalisation(network)
    assert "FusedBatchNormV3" in operations(network)
    assert "FusedBatchNormV3" not in operations(network, training=False)


def test_a_frozen_layer_keeps_its_statistics(images):
    network, layer = normalising()
    fuse_normalisation(network)
    layer.trainable = False
    before = layer.get_weights()
    network(images, training=True)
    assert all(np.array_equal(old, new) for old, new in zip(before, layer.get_weights(), strict=True))


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}, {"axis": 1}, {"policy": "float32"}])
def test_what_the_operation_cannot_do_is_left_to_keras(options):
    network, _ = normalising(**options)
    fuse_normalisation(network)
    assert "FusedBatchNormV3" not in operations(network)


def test_a_network_is_saved_and_read_as_if_it_were_not_fused(images, tmp_path):
    with backend.precision_scope("mixed_bfloat16"):
        network = models.build("resnet", (16, 16, 3), 4, {"width": 0.125})
    fuse_normalisation(network)
    fuse_normalisation(network)
    pixels = np.random.default_rng(1).integers(0, 256, (4, 16, 16, 3)).astype(np.float32)
    network(pixels, training=True)
    network.save(tmp_path / "network.keras")
    read = keras.saving.load_model(tmp_path / "network.keras")
    assert type(read.get_layer("stem_norm").call).__name__ == "method"
    assert np.array_equal(read(pixels), network(pixels))
