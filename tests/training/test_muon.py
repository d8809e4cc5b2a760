import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.training.muon import Muon


def step(optimizer, weight, gradient):
    """Return how far one step moves a weight."""
    variable = keras.Variable(weight, name="kernel")
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    return keras.ops.convert_to_numpy(variable) - weight


@pytest.fixture
def gradient():
    return np.random.default_rng(0).normal(size=(3, 3, 4, 8)).astype(np.float32)


@pytest.mark.heavy
def test_a_convolution_moves_as_the_matrix_of_its_patches(gradient):
    matrix = gradient.reshape(36, 8)
    moved = step(Muon(0.01), np.zeros_like(gradient), gradient)
    expected = step(keras.optimizers.Muon(0.01), np.zeros_like(matrix), matrix)
    assert moved.reshape(36, 8) == pytest.approx(expected, rel=1e-4, abs=1e-7)


@pytest.mark.heavy
def test_all_directions_of_a_convolution_are_moved_alike(gradient):
    steep = gradient * np.logspace(0, 2, 8, dtype=np.float32)  # one filter's gradient is a hundred times another's
    strengths = np.linalg.svd(step(Muon(0.01), np.zeros_like(steep), steep).reshape(36, 8), compute_uv=False)
    assert strengths.max() / strengths.min() < 3


@pytest.mark.heavy
def test_depthwise_kernels_and_biases_are_left_to_adam():
    for shape in [(3, 3, 8, 1), (8,)]:
        gradient = np.linspace(0.1, 5, int(np.prod(shape)), dtype=np.float32).reshape(shape)
        assert step(Muon(0.01), np.zeros(shape, np.float32), gradient) == pytest.approx(-0.01, rel=1e-3)


@pytest.mark.heavy
def test_it_is_read_back_from_its_own_config():
    again = keras.optimizers.deserialize(keras.optimizers.serialize(Muon(0.02, exclude_layers=["logits"])))
    assert isinstance(again, Muon)
    assert again.exclude_layers == ["logits"]
