"""Tiny machines, against sums over all of their states in NumPy's float64."""

from itertools import product

import numpy as np
import pytest

from saccade.core import backend
from saccade.core.backend import keras
from saccade.models.boltzmann import BERNOULLI, BoltzmannMachine, Softmax, contrastive_divergence, gibbs_chain

HIDDEN = 3
NEVER_FARTHER = 5.5
"""Standard errors: of 100 means one is farther off once in 250,000 runs."""


def binary_states():
    return [np.array(each, float) for each in product((0, 1), repeat=4)]


def states_of_groups(known):
    """Three levels an item, of which one is on where the item is known."""
    choices = [np.eye(3) if each else np.zeros((1, 3)) for each in known]
    return [np.concatenate(each) for each in product(*choices)]


KINDS = {
    "bernoulli": (BERNOULLI, binary_states(), None),
    "softmax, all known": (Softmax(3), states_of_groups([1, 1]), np.ones(6)),
    "softmax, one not known": (Softmax(3), states_of_groups([1, 0, 1]), np.repeat([1.0, 0, 1], 3)),
}
kinds = pytest.mark.parametrize(("units", "states", "known"), KINDS.values(), ids=KINDS)


def weights_for(visible):
    random = np.random.default_rng(5)
    return [random.normal(0, 0.8, shape) for shape in ((visible, HIDDEN), (visible,), (HIDDEN,))]


def joint(states, kernel, visible_bias, hidden_bias):
    """Return exp(v·W·h + v·b + h·c) for all visible and hidden states."""
    hidden = np.array(list(product((0, 1), repeat=HIDDEN)), float)
    return np.exp(states @ kernel @ hidden.T + (states @ visible_bias)[:, None] + hidden @ hidden_bias)


def transition(table):
    """Return the probability of each visible state after one step from each."""
    up, down = table / table.sum(axis=1, keepdims=True), table / table.sum(axis=0, keepdims=True)
    return up @ down.T


@kinds
def test_the_free_energy_sums_over_all_hidden_states(units, states, known):
    states = np.array(states)
    weights = weights_for(states.shape[1])
    machine = BoltzmannMachine(*(each.astype(np.float32) for each in weights), units)
    energies = keras.ops.convert_to_numpy(machine.free_energy(states.astype(np.float32)))
    np.testing.assert_allclose(np.exp(-energies), joint(states, *weights).sum(axis=1), rtol=1e-5)


@kinds
def test_the_gradient_of_the_likelihood_is_that_of_the_partition_function(units, states, known):
    states = np.array(states)
    data, weights = states[[0, 2, 2]], weights_for(states.shape[1])

    def loss(tensors):
        machine = BoltzmannMachine(*tensors, units)
        free = machine.free_energy(states.astype(np.float32))
        return keras.ops.mean(machine.free_energy(data.astype(np.float32))) + keras.ops.logsumexp(-free)

    def enumerated(places):
        return np.log(joint(states, *places).sum()) - np.log(joint(data, *places).sum(axis=1)).mean()

    found = backend.gradients(loss, [each.astype(np.float32) for each in weights])
    for number, gradient in enumerate(found):
        np.testing.assert_allclose(gradient, slopes(enumerated, weights, number), atol=2e-6)


def slopes(function, places, number, step=1e-5):
    """Return central differences by all entries of one of the places."""
    found = np.zeros_like(places[number])
    for index in np.ndindex(found.shape):
        moved = [[each.copy() for each in places] for _ in range(2)]
        for sign, place in zip((1, -1), moved, strict=True):
            place[number][index] += sign * step
        found[index] = (function(moved[0]) - function(moved[1])) / (2 * step)
    return found


@kinds
@pytest.mark.parametrize("steps", [1, 3, "a variable"])
def test_the_statistics_of_contrastive_divergence_are_those_of_the_transition_matrix(units, states, known, steps):
    states, start, draws = np.array(states), 2, 20_000
    weights = weights_for(states.shape[1])
    number = 2 if steps == "a variable" else steps
    steps = keras.Variable(number, dtype="int32", trainable=False) if steps == "a variable" else steps
    rows = np.tile(states[start], (draws, 1)).astype(np.float32)
    seed = keras.random.SeedGenerator(4)

    def loss(tensors):
        machine = BoltzmannMachine(*tensors, units)
        return keras.ops.mean(
            contrastive_divergence(
                machine, rows, seed=seed, steps=steps, known=None if known is None else known.astype(np.float32)
            )
        )

    found = backend.gradients(loss, [each.astype(np.float32) for each in weights])
    chances = np.linalg.matrix_power(transition(joint(states, *weights)), number)[start]
    for gradient, moments in zip(found, statistics(states, *weights), strict=True):
        expected, squares = (np.tensordot(chances, each, 1) for each in (moments, moments**2))
        error = np.sqrt(np.maximum(squares - expected**2, 0) / draws)
        assert (np.abs(gradient - (expected - moments[start])) <= NEVER_FARTHER * error + 1e-5).all()


def statistics(states, kernel, visible_bias, hidden_bias):
    """Return v h, v and h of each visible state, h by their means: minus the derivatives of the free energy."""
    hidden = 1 / (1 + np.exp(-(states @ kernel + hidden_bias)))
    return np.einsum("sv,sh->svh", states, hidden), states, hidden


@kinds
def test_a_long_chain_forgets_where_it_began(units, states, known):
    states = np.array(states)
    weights = weights_for(states.shape[1])
    rows = np.tile(states[0], (20_000, 1)).astype(np.float32)
    machine = BoltzmannMachine(*(each.astype(np.float32) for each in weights), units)
    known = None if known is None else known.astype(np.float32)
    ends = np.asarray(gibbs_chain(machine, rows, seed=keras.random.SeedGenerator(6), steps=30, known=known))
    chances = joint(states, *weights).sum(axis=1)
    chances /= chances.sum()
    counted = (ends[:, None] == states[None]).all(axis=2).mean(axis=0)
    assert counted.sum() == pytest.approx(1)  # no other states
    assert (np.abs(counted - chances) <= NEVER_FARTHER * np.sqrt(chances / len(rows))).all()


def test_the_mean_field_reconstruction_is_the_exact_mean_of_units_that_a_certain_layer_leaves():
    # hidden units that are sure: 1 whenever the first visible unit is on
    kernel = np.array([[60.0], [0], [0]], np.float32)
    bias = np.array([-1.0, 0.5, 2], np.float32)
    machine = BoltzmannMachine(kernel, bias, np.array([-30.0], np.float32))
    rebuilt = np.asarray(machine.reconstruct(np.array([[1, 0, 0], [0, 0, 0]], np.float32)))
    sigmoid = 1 / (1 + np.exp(-np.array([[59, 0.5, 2], [-1, 0.5, 2]])))
    np.testing.assert_allclose(rebuilt, sigmoid, atol=1e-6)


@kinds
def test_a_chain_of_means_draws_hidden_units_only(units, states, known):
    states = np.array(states)
    weights = [each.astype(np.float32) for each in weights_for(states.shape[1])]
    machine = BoltzmannMachine(*weights, units)
    known = None if known is None else known.astype(np.float32)
    rows = np.tile(states[1], (20_000, 1)).astype(np.float32)
    seed = keras.random.SeedGenerator(8)
    ends = np.asarray(gibbs_chain(machine, rows, seed=seed, known=known, as_means=True))
    possible = np.asarray(machine.visible_means(np.array(list(product((0, 1), repeat=HIDDEN)), np.float32)))
    possible = possible if known is None else possible * known
    near = np.abs(ends[:, None] - possible[None]).max(axis=2)
    assert near.min(axis=1).max() < 1e-5  # means for one of the hidden states
    up = 1 / (1 + np.exp(-(states[1] @ weights[0] + weights[2])))
    chances = np.prod(np.where(list(product((0, 1), repeat=HIDDEN)), up, 1 - up), axis=1)
    drawn = np.bincount(near.argmin(axis=1), minlength=len(chances)) / len(rows)
    assert (np.abs(drawn - chances) <= NEVER_FARTHER * np.sqrt(chances / len(rows))).all()
