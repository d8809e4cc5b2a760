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
def test_each_filter_of_a_depthwise_kernel_is_moved_alike():
    gradient = np.random.default_rng(0).normal(size=(3, 3, 8, 1)).astype(np.float32)
    steep = gradient * np.logspace(-2, 2, 8, dtype=np.float32)[:, None]
    moved = step(Muon(0.01, nesterov=False), np.zeros_like(steep), steep)
    lengths = np.sqrt((gradient**2).sum(axis=(0, 1), keepdims=True))
    assert moved == pytest.approx(-0.01 * 0.2 * 3 * gradient / lengths, rel=1e-3, abs=1e-6)  # of nine numbers


@pytest.mark.heavy
def test_biases_are_left_to_adam():
    gradient = np.linspace(0.1, 5, 8, dtype=np.float32)
    assert step(Muon(0.01), np.zeros(8, np.float32), gradient) == pytest.approx(-0.01, rel=1e-3)


@pytest.mark.heavy
def test_it_is_read_back_from_its_own_config():
    again = keras.optimizers.deserialize(keras.optimizers.serialize(Muon(0.02, exclude_layers=["logits"])))
    assert isinstance(again, Muon)
    assert again.exclude_layers == ["logits"]


@pytest.mark.heavy
@pytest.mark.parametrize("shape", [(3, 3, 8, 16), (3, 3, 16, 8), (1, 1, 64, 12), (12, 64), (1, 1, 8, 8)])
@pytest.mark.parametrize("rank", [1, 8])
def test_a_long_matrix_has_its_nearest_orthogonal_one_as_by_all_products(shape, rank):
    rng = np.random.default_rng(0)
    rows = int(np.prod(shape[:-1]))
    matrix = (rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, shape[-1]))).astype(np.float32)
    found = Muon(0.01).zeropower_via_newtonschulz5(keras.ops.convert_to_tensor(matrix.reshape(shape)), 5)
    plain = keras.optimizers.Muon(0.01).zeropower_via_newtonschulz5(keras.ops.convert_to_tensor(matrix), 5)
    assert keras.ops.convert_to_numpy(found).reshape(matrix.shape) == pytest.approx(
        keras.ops.convert_to_numpy(plain), abs=2e-4
    )
