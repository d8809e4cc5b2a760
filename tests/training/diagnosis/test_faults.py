"""Every planted fault is found, and nothing else is said beside it."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from small_networks import SPARSE, kinds, layers, network, striped, traced_once

import saccade
from saccade.core.backend import keras

pytestmark = pytest.mark.heavy


def found(model, images, labels):
    return kinds(saccade.diagnose(model, images, labels))


# Kernels and ReLUs


def test_kernels_that_all_are_zero(examples):
    hidden = [layers.Conv2D(8, 3, activation="relu", kernel_initializer="zeros")]
    head = [layers.Dense(3, activation="softmax", kernel_initializer="zeros")]
    (finding,) = saccade.diagnose(network(hidden=hidden, head=head), *examples)
    assert (finding.kind, finding.severity) == ("zero_kernels", "severe")
    assert len(finding.values["kernels"]) == 2


def test_one_zero_kernel_before_a_relu_is_stuck(examples):
    hidden = [layers.Conv2D(8, 3, activation="relu", kernel_initializer="zeros")]
    assert found(network(hidden=hidden), *examples) == [("zero_kernels", "severe")]


def test_a_last_layer_that_starts_at_zero_is_healthy(examples):
    model = network(head=[layers.Dense(3, activation="softmax", kernel_initializer="zeros")])
    assert found(model, *examples) == []


@pytest.mark.parametrize("relu", [layers.ReLU, lambda: layers.Activation("relu")])
def test_dead_relus_in_a_layer_of_their_own(examples, relu):
    drowned = layers.Conv2D(8, 3, bias_initializer=keras.initializers.Constant(-50))
    assert found(network(hidden=[drowned, relu()]), *examples) == [("dead_relus", "severe")]


def test_mostly_dead_relus_are_a_warning(examples):
    model = network(hidden=[layers.Conv2D(32, 3, activation="relu")])
    kernel, bias = model.layers[0].get_weights()
    bias[:30] = -50
    model.layers[0].set_weights([kernel, bias])
    (finding,) = saccade.diagnose(model, *examples)
    assert (finding.kind, finding.severity) == ("dead_relus", "warning")
    assert finding.title.startswith("94% of the channels of conv2d")


def test_relus_that_leak_do_not_die(examples):
    drowned = layers.Conv2D(8, 3, bias_initializer=keras.initializers.Constant(-5))
    assert found(network(hidden=[drowned, layers.LeakyReLU()]), *examples) == []


def test_frozen_layers(examples):
    model = network()
    model.trainable = False
    assert found(model, *examples) == [("nothing_trainable", "severe")]


# Numbers


def test_weights_that_are_no_numbers(examples):
    model = network()
    kernel, bias = model.layers[0].get_weights()
    kernel[0, 0, 0, 0] = np.nan
    model.layers[0].set_weights([kernel, bias])
    (finding,) = saccade.diagnose(model, *examples)
    assert finding.kind == "non_finite"
    assert "kernel" in finding.title


def test_images_that_hold_nan(examples):
    images, labels = examples
    images = images.copy()
    images[::3, 0, 0] = np.nan
    (finding,) = saccade.diagnose(network(), images, labels)
    assert finding.kind == "non_finite"
    assert "images" in finding.title


def test_answers_that_are_no_numbers_name_the_layer(examples):
    broken = layers.Rescaling(np.inf, name="broken")
    (finding,) = saccade.diagnose(network(before=[broken]), *examples)
    assert finding.kind == "non_finite"
    assert "broken" in finding.title


# Softmax and logits


def softmax_behind_a_reshape():
    return [layers.Dense(3), layers.Softmax(), layers.Reshape((3,))]  # where Keras on TensorFlow loses sight of it


@pytest.mark.slow
def test_softmax_into_a_loss_from_logits(examples):
    model = network(head=softmax_behind_a_reshape(), loss=SPARSE(from_logits=True))
    (finding,) = saccade.diagnose(model, *examples)
    assert (finding.kind, finding.severity) == ("softmax_and_logits", "severe")
    model.fit(*examples, epochs=30, verbose=0)
    floor = float(finding.title.split()[-1].rstrip("."))
    assert floor - 0.01 < model.evaluate(*examples, verbose=0) < floor + 0.1  # it says what happens


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Keras mends it on TensorFlow only")
@pytest.mark.parametrize("head", [["softmax"], [None, layers.Softmax()], ["sigmoid"]])
def test_what_keras_mends_on_tensorflow_is_a_warning(examples, head):
    first, *others = head
    model = network(head=[layers.Dense(3, activation=first), *others], loss=SPARSE(from_logits=True))
    assert found(model, *examples) == [("softmax_and_logits", "warning")]


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", SPARSE()])
def test_logits_into_a_loss_from_probabilities(examples, loss):
    assert found(network(head=[layers.Dense(3)], loss=loss), *examples) == [("softmax_and_logits", "severe")]


def test_one_logit_into_binary_cross_entropy():
    images, labels = striped(classes=2)
    model = network(head=[layers.Dense(1)], loss="binary_crossentropy")
    assert found(model, images / 255, labels) == [("softmax_and_logits", "severe")]


def test_a_softmax_over_one_unit():
    images, labels = striped(classes=2)
    model = network(outputs=1, loss="binary_crossentropy")
    with pytest.warns(UserWarning, match="softmax over axis"):
        assert found(model, images / 255, labels) == [("softmax_and_logits", "severe")]


def test_sigmoids_that_do_not_exclude_one_another(examples):
    model = network(head=[layers.Dense(3, activation="sigmoid")])
    assert found(model, *examples) == [("softmax_and_logits", "warning")]


# Labels


def test_labels_off_by_one(examples):
    images, labels = examples
    (finding,) = saccade.diagnose(network(), images, labels + 1)
    assert (finding.kind, finding.severity) == ("labels_and_outputs", "severe")
    assert finding.advice == "Subtract 1 from the labels."


@pytest.mark.parametrize("change", [lambda labels: labels - 1, lambda labels: labels * 7])
def test_labels_without_an_output(examples, change):
    images, labels = examples
    assert found(network(), images, change(labels)) == [("labels_and_outputs", "severe")]


def test_labels_that_begin_at_one_with_an_output_too_many(examples):
    images, labels = examples
    assert found(network(outputs=4), images, labels + 1) == [("labels_and_outputs", "note")]
    one_hot = np.eye(4)[labels + 1]
    model = network(outputs=4, loss="categorical_crossentropy")
    assert found(model, images, one_hot) == [("labels_and_outputs", "note")]


@pytest.mark.parametrize(("names", "advice"), [((1, 2), "Subtract 1"), ((-1, 1), "Name the classes 0 and 1")])
def test_binary_labels_other_than_0_and_1(names, advice):
    images, labels = striped(classes=2)
    model = network(head=[layers.Dense(1, activation="sigmoid")], loss="binary_crossentropy")
    (finding,) = saccade.diagnose(model, images / 255, np.array(names)[labels])
    assert finding.kind == "labels_and_outputs"
    assert finding.advice.startswith(advice)


@pytest.mark.parametrize(
    ("loss", "change"),
    [
        ("sparse_categorical_crossentropy", lambda labels: np.eye(3)[labels]),
        ("categorical_crossentropy", lambda labels: labels),
        ("categorical_crossentropy", lambda labels: labels[:, None]),
        ("categorical_crossentropy", lambda labels: np.eye(4)[labels]),
        ("categorical_crossentropy", lambda labels: np.eye(3)[labels] + np.eye(3)[0]),
        ("mean_squared_error", lambda labels: labels),
    ],
)
def test_labels_that_the_loss_is_not_made_for(examples, loss, change):
    images, labels = examples
    assert found(network(loss=loss), images, change(labels)) == [("labels_and_loss", "severe")]


def test_sparse_cross_entropy_on_one_unit():
    images, labels = striped(classes=2)
    model = network(head=[layers.Dense(1, activation="sigmoid")])
    assert found(model, images / 255, labels) == [("labels_and_loss", "severe")]


# Pixels


def test_pixels_to_1_for_weights_that_expect_255():
    images, labels = striped(600)
    model = network(hidden=[layers.Conv2D(8, 3, activation="relu")])
    model.fit(images / np.float32(255), labels, epochs=8, verbose=0)
    kernel, bias = model.layers[0].get_weights()
    model.layers[0].set_weights([kernel / 255, bias])
    assert found(model, images, labels) == []
    assert found(model, images / 255, labels) == [("pixel_scale", "severe")]


def test_pixels_to_1_for_a_model_that_scales_itself():
    images, labels = striped(600)
    inside = network(before=[layers.Rescaling(1 / 255)])
    inside.fit(images, labels, epochs=5, verbose=0)
    assert found(inside, images, labels) == []
    assert found(inside, images / 255, labels) == [("pixel_scale", "severe")]
    assert found(network(before=[layers.Rescaling(1 / 255)]), images / 255, labels) == [("pixel_scale", "severe")]


def test_pixels_to_255_for_fresh_weights():
    images, labels = striped()
    hidden = [layers.Conv2D(16, 3, activation="relu")]
    (finding,) = saccade.diagnose(network(hidden=hidden), images, labels)
    assert (finding.kind, finding.severity) == ("pixel_scale", "warning")
    assert finding.values["loss"] > 2 * finding.values["chance"] > finding.values["scaled"]


# The answer


def test_a_constant_answer_that_nothing_else_explains(examples):
    blind = [layers.Activation(keras.ops.ones_like), layers.Conv2D(4, 3)]
    assert found(network(hidden=blind), *examples) == [("constant_output", "severe")]


def test_weights_that_learnt_from_0_to_1_are_not_given_0_to_255():
    digits = load_digits()
    images, labels = (digits.images[..., None] / 16).astype("float32"), digits.target
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    traced_once(model).fit(images, labels, epochs=3, verbose=0)
    assert not saccade.diagnose(model, images, labels)
    (finding,) = saccade.diagnose(model, np.round(images * 255), labels)
    assert finding.kind == "pixel_scale"
    assert "divided by 255" in finding.title


def test_one_image_that_is_no_number_is_found_among_many():
    images = np.random.default_rng(0).random((3000, 4, 4, 1)).astype("float32")
    images[2222, 1, 1] = np.nan
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    (finding,) = saccade.diagnose(model, images, np.arange(3000) % 2)
    assert "row 2222" in finding.title
