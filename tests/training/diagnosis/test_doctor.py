"""The callback in a user's own `fit`."""

import warnings

import numpy as np
import pytest
from small_networks import layers, network

from saccade import Doctor
from saccade.core.backend import keras, seed_everything

pytestmark = pytest.mark.heavy


def heard(model, images, labels, *, doctor=None, **options):
    told = []
    callback = Doctor(tell=told.append) if doctor is None else Doctor(*doctor, tell=told.append)
    model.fit(images, labels, verbose=0, callbacks=[callback], **{"epochs": 2, **options})
    return told


def test_a_healthy_training_is_left_in_peace(examples):
    as_ever = network(jit_compile="auto")
    assert heard(as_ever, *examples, doctor=examples, validation_split=0.2) == []


def test_faults_become_warnings_before_the_first_step(examples):
    images, labels = examples
    model = network(head=[layers.Dense(3)])
    with pytest.warns(UserWarning) as heard_of:  # after the epoch another may follow
        model.fit(images, labels, epochs=1, verbose=0, callbacks=[Doctor(images, labels)])
    assert "expects probabilities" in str(heard_of[0].message)


def test_a_loss_that_is_no_number_is_told_once_with_its_step(examples):
    images, labels = examples
    images = images.copy()
    images[4 * 32 + 5] = np.nan  # in the fifth batch
    (told,) = heard(network(hidden=[layers.Conv2D(8, 3)]), images, labels, shuffle=False)
    assert told.startswith("The loss is nan from step 5 on")


def test_a_loss_above_chance_is_told_after_the_first_epoch(examples):
    model = network()
    model.optimizer.learning_rate = 30.0
    (told,) = heard(model, *examples, epochs=1)
    assert told.startswith("After one epoch the loss is")


def test_a_penalty_on_the_weights_is_no_loss_above_chance(examples):
    heavy = layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.5))
    assert heard(network(head=[heavy]), *examples, epochs=1) == []


def test_relus_that_die_in_the_first_epoch_are_told(examples):
    images, labels = examples
    model = network(hidden=[layers.Conv2D(8, 3, activation="relu")])

    def drown(*_):
        kernel, bias = model.layers[0].get_weights()
        model.layers[0].set_weights([kernel, bias - 1e6])

    told = []
    late = keras.callbacks.LambdaCallback(on_epoch_end=drown)
    doctor = Doctor(images, labels, tell=told.append)
    model.fit(images, labels, epochs=1, verbose=0, callbacks=[late, doctor])
    assert "100% of the channels of conv2d" in told[0]


def test_a_regression_has_no_chance_to_compare_with(examples):
    images, labels = examples
    model = network(head=[layers.Dense(1)], loss="mse")
    assert heard(model, images, labels * 100.0, doctor=(images, labels * 100.0), epochs=1) == []


@pytest.mark.slow
def test_the_doctor_does_not_change_the_training(examples):
    weights = []
    for callbacks in ([], [Doctor(*examples)]):
        seed_everything(0)  # the layers draw their seeds here, before `network` is called
        model = network(hidden=[layers.Conv2D(8, 3), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3)])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(*examples, epochs=2, verbose=0, shuffle=False, callbacks=callbacks)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
