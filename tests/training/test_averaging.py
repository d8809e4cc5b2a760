"""Averages of weights, at any time."""

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.training.averaging import ETA, EVERY, Averages

pytestmark = pytest.mark.heavy


@pytest.fixture
def network():
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, use_bias=False), keras.layers.BatchNormalization()]
    )


def set_to(network, value):
    network.set_weights([np.full(each.shape, value, np.float32) for each in network.weights])


def test_the_average_is_of_a_last_part_of_all_steps_and_the_start_is_forgotten(network):
    averages = Averages(network)
    for step in range(1, 401):
        set_to(network, step)
        averages.update(keras.ops.convert_to_tensor(step))
    count = 400 // EVERY
    expected, total = 0.0, 1.0
    for number in range(count, 0, -1):  # the definition, from the last to the first
        share = (ETA + 1) / (number + ETA)
        expected, total = expected + total * share * EVERY * number, total * (1 - share)
    assert total == pytest.approx(0)
    assert float(averages.variables[0][0, 0]) == pytest.approx(expected, rel=1e-4)
    assert 340 < expected < 370  # a tenth of the steps behind


def test_a_training_of_very_few_steps_keeps_what_it_learnt(network):
    averages = Averages(network)
    for step in range(1, EVERY):
        set_to(network, step)
        averages.update(keras.ops.convert_to_tensor(step))
        assert float(averages.variables[0][0, 0]) == step


def test_statistics_of_normalisation_are_averaged_too(network):
    names = {each.name for each in network.weights}
    assert {"moving_mean", "moving_variance"} <= names
    assert len(Averages(network).variables) == len(network.weights)


def test_what_is_taken_sees_the_averages_and_training_goes_on_with_the_weights(network):
    averages = Averages(network)
    set_to(network, 3)
    averages.update(keras.ops.convert_to_tensor(EVERY))
    set_to(network, 7)
    seen = averages.around(network.get_weights)[0]
    assert seen == pytest.approx(np.full((2, 1), 3))
    assert network.get_weights()[0].tolist() == [[7], [7]]
    assert float(averages.variables[0][0, 0]) == pytest.approx(3)


def test_the_weights_are_put_back_when_looking_fails(network):
    averages = Averages(network)
    set_to(network, 7)

    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        averages.around(fail)
    assert network.get_weights()[0].tolist() == [[7], [7]]
