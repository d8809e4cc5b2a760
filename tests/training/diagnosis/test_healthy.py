"""Healthy models of every kind get no finding, and no model is changed by being looked at."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import SPARSE, kinds, layers, network, striped, traced_once

import saccade
from saccade import models
from saccade.core import registry
from saccade.core.backend import keras, seed_everything
from saccade.core.errors import DataError

pytestmark = pytest.mark.slow

POLICY = "sparse_categorical_crossentropy"


def nothing_found(model, images, labels):
    __tracebackhide__ = True
    diagnosis = saccade.diagnose(model, images, labels)
    assert not diagnosis, str(diagnosis)
    return diagnosis


DEEP = ("googlenet", "mobilenet", "resnet", "vgg")
NETWORKS = [
    pytest.param(name, marks=pytest.mark.long) if name.startswith(DEEP) else name
    for name in registry.names("models")
    if name != "pretrained"  # to which stripes of 24 pixels all look alike: it is for photos
]


@pytest.mark.parametrize("name", NETWORKS)
def test_our_own_models_before_and_after_training(name, slim):
    images, labels = striped(320)
    images = images.repeat(2, axis=1).repeat(2, axis=2)
    seed_everything(0)
    model = models.build(name, (24, 24, 1), 3, slim(name))
    nothing_found(model, images, labels)
    model.compile("adam", POLICY, jit_compile=False)  # XLA takes a minute to compile a deep one
    nothing_found(model, images, labels)
    traced_once(model).fit(images, labels, epochs=2, verbose=0)
    nothing_found(model, images, labels)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.convolution = layers.Conv2D(8, 3, activation="relu")
        self.inner = keras.Sequential([layers.BatchNormalization(), layers.Dropout(0.2), layers.Flatten()])
        self.last = layers.Dense(3)

    def call(self, images):
        return keras.ops.softmax(self.last(self.inner(self.convolution(images / 255))))


def nested():
    body = keras.Sequential([keras.Input((12, 12, 1)), layers.Rescaling(1 / 127.5, -1), layers.Conv2D(8, 3)])
    inputs = keras.Input((12, 12, 1))
    features = layers.GlobalAveragePooling2D()(layers.ReLU()(body(layers.RandomFlip()(inputs))))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(features))


def with_operations():
    inputs = keras.Input((12, 12, 1))
    features = layers.Conv2D(8, 3, activation="relu")(inputs / 255.0)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.Flatten()(features)))


def residual():
    inputs = keras.Input((12, 12, 1))
    features = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.Rescaling(1 / 255)(inputs))
    branch = layers.Conv2D(8, 3, padding="same", activation="relu")(features)
    branch = layers.Conv2D(8, 3, padding="same", kernel_initializer="zeros")(branch)  # starts as the identity
    features = layers.Flatten()(features + branch)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(features))


def without_a_shape():
    return keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3, activation="softmax")])


def normalised_only():
    hidden = [layers.Conv2D(8, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.Flatten()]
    return keras.Sequential([keras.Input((12, 12, 1)), *hidden, layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize("make", [Subclassed, nested, with_operations, residual, without_a_shape, normalised_only])
def test_models_built_in_every_way(make):
    images, labels = striped()
    seed_everything(0)
    model = make()
    model.compile("adam", POLICY, jit_compile="auto" if make is without_a_shape else False)
    nothing_found(model, images, labels)
    traced_once(model).fit(images, labels, epochs=2, verbose=0)
    nothing_found(model, images, labels)


@pytest.mark.parametrize(
    ("head", "loss", "encode"),
    [
        ([layers.Dense(3)], SPARSE(from_logits=True), lambda labels: labels),
        ([layers.Dense(3), layers.Softmax()], SPARSE(), lambda labels: labels[:, None]),
        ([layers.Dense(3, activation="log_softmax")], SPARSE(from_logits=True), lambda labels: labels),
        (
            [layers.Dense(3, activation="softmax")],
            SPARSE(ignore_class=-1),
            lambda labels: np.where(np.arange(len(labels)) % 5, labels, -1),
        ),
        ([layers.Dense(3, activation="softmax")], "categorical_crossentropy", lambda labels: np.eye(3)[labels]),
        ([layers.Dense(3, activation="softmax")], "crossentropy", lambda labels: labels),
        ([layers.Dense(3, activation="softmax")], "mean_squared_error", lambda labels: np.eye(3)[labels]),
        ([layers.Dense(3, activation="sigmoid")], "binary_crossentropy", lambda labels: np.eye(3)[labels] > 0),
        ([layers.Dense(1, activation="sigmoid")], "binary_crossentropy", lambda labels: labels > 0),
        ([layers.Dense(1)], keras.losses.BinaryCrossentropy(from_logits=True), lambda labels: (labels > 0)[:, None]),
        ([layers.Dense(1)], "mean_squared_error", lambda labels: labels * 17.3 - 4),
        ([layers.Dense(1)], lambda truth, answer: keras.ops.mean((truth - answer) ** 2), lambda labels: labels + 1),
        ([layers.Dense(12), layers.Reshape((12, 1))], "mse", lambda labels: np.zeros((len(labels), 12, 1))),
    ],
)
def test_heads_and_losses_that_fit(examples, head, loss, encode):
    images, labels = examples
    model = network(
        head=[layer.__class__.from_config(layer.get_config()) for layer in head], loss=loss, run_eagerly=True
    )
    nothing_found(model, images, encode(labels))
    model.fit(images[:96], encode(labels)[:96], epochs=1, verbose=0)
    nothing_found(model, images, encode(labels))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    width=st.integers(4, 24),
    depth=st.integers(1, 3),
    classes=st.sampled_from([2, 3, 4]),
    low=st.sampled_from([0.0, -1.0]),
)
def test_fresh_networks_on_scaled_pixels_raise_no_alarm(seed, width, depth, classes, low):
    keras.utils.set_random_seed(seed)
    images, labels = striped(120, classes=classes, seed=seed)
    scaled = images / np.float32(255) * (1 - low) + low
    hidden = [layers.Conv2D(width, 3, padding="same", activation="relu") for _ in range(depth)]
    model = keras.Sequential([keras.Input((12, 12, 1)), *hidden, layers.Flatten(), layers.Dense(classes)])
    model.compile("sgd", SPARSE(from_logits=True))
    nothing_found(model, scaled, labels)


def state_of(model):
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [keras.ops.convert_to_numpy(variable.value).copy() for variable in variables]


def test_looking_changes_nothing(examples):
    images, labels = examples
    hidden = [layers.GaussianNoise(0.1), layers.Conv2D(8, 3), layers.BatchNormalization(), layers.Dropout(0.5)]
    model = network(hidden=[layers.RandomFlip(), *hidden, layers.ReLU()], metrics=["accuracy"])
    model.fit(images, labels, epochs=1, verbose=0)
    before = state_of(model)
    for given_images in (images, images * 255):
        saccade.diagnose(model, given_images, labels)
    saccade.diagnose(model, images, labels + 1)
    after = state_of(model)
    assert len(before) == len(after)
    for was, now in zip(before, after, strict=True):
        np.testing.assert_array_equal(was, now)
    assert not [layer for layer in model.layers if "call" in vars(layer)]


def test_the_same_training_follows_whether_looked_at_or_not(examples):
    plain, watched = network(), network()
    saccade.diagnose(watched, *examples)
    for model in (plain, watched):
        keras.utils.set_random_seed(1)
        model.fit(*examples, epochs=1, verbose=0)
    for one, other in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# What goes in


def test_batches_are_taken_too(examples):
    images, labels = examples
    batches = [(images[i : i + 32], labels[i : i + 32] + 1) for i in range(0, len(images), 32)]
    assert kinds(saccade.diagnose(network(), batches)) == [("labels_and_outputs", "severe")]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data")
def test_a_tf_data_set_is_taken_too(examples):
    import tensorflow as tf

    images, labels = examples
    batches = tf.data.Dataset.from_tensor_slices((images, labels + 1)).batch(32)
    assert kinds(saccade.diagnose(network(), batches)) == [("labels_and_outputs", "severe")]


def test_without_labels_only_the_network_is_looked_at(examples):
    images, _ = examples
    assert not saccade.diagnose(network(), images)


def test_what_cannot_be_looked_at_is_said(examples):
    images, labels = examples
    with pytest.raises(DataError, match="300 images and 299 labels"):
        saccade.diagnose(network(), images, labels[1:])
    with pytest.raises(DataError, match="does not take images of 8×8×1"):
        saccade.diagnose(network(), images[:, :8, :8], labels)
    with pytest.raises(DataError, match="array of numbers"):
        saccade.diagnose(network(), images, labels.astype(str))
    with pytest.raises(DataError, match="found 0 images"):
        saccade.diagnose(network(), images[:0], labels[:0])


# What comes out


def test_a_diagnosis_is_data_and_text(examples):
    images, labels = examples
    diagnosis = saccade.diagnose(network(), images, labels + 1)
    assert diagnosis.to_dict()["findings"][0]["kind"] == "labels_and_outputs"
    assert "1 severe finding" in str(diagnosis)
    assert "Subtract 1" in str(diagnosis)
    healthy = saccade.diagnose(network(), images, labels)
    assert not healthy
    assert "nothing found" in str(healthy)
