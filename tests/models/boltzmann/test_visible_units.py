"""Ratings as groups of units, of which one is on."""

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.models.boltzmann import BERNOULLI, Softmax

UNITS = Softmax(3)
CODES = np.array([[1, 0, 3], [0, 2, 0]], np.uint8)
HOT = np.array([[1, 0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0, 0, 0, 0]], np.float32)


def test_a_rating_turns_on_one_unit_of_its_item_and_no_rating_none():
    np.testing.assert_array_equal(UNITS.one_hot(CODES), HOT)
    np.testing.assert_array_equal(UNITS.known(CODES), np.repeat(CODES > 0, 3, axis=1).astype(float))


def test_levels_of_an_item_are_as_likely_as_one_together_and_what_is_not_rated_is_zero():
    logits = np.random.default_rng(1).normal(size=(2, 9)).astype(np.float32)
    means = np.asarray(UNITS.grouped(UNITS.means(logits, known=UNITS.known(CODES))))
    np.testing.assert_allclose(means.sum(axis=2), CODES > 0, atol=1e-6)
    everywhere = np.asarray(UNITS.grouped(UNITS.means(logits)))
    expected = np.exp(logits.reshape(2, 3, 3))
    np.testing.assert_allclose(everywhere, expected / expected.sum(axis=2, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("units", [BERNOULLI, UNITS])
def test_draws_are_as_often_on_as_their_means_say_and_never_where_nothing_is_known(units):
    logits = np.tile(np.random.default_rng(2).normal(size=9), (20_000, 1)).astype(np.float32)
    known = np.repeat([[1.0, 0, 1]], 3, axis=1).astype(np.float32)
    drawn = np.asarray(units.sample(logits, known=known, seed=keras.random.SeedGenerator(3)))
    means = np.asarray(units.means(logits[:1], known=known))[0]
    assert set(np.unique(drawn)) == {0, 1}
    assert (np.abs(drawn.mean(axis=0) - means) <= 5 * np.sqrt(means * (1 - means) / len(drawn)) + 1e-9).all()
    assert (drawn[:, known[0] == 0] == 0).all()


def test_a_generator_draws_anew_each_time_and_the_same_from_its_start():
    logits = np.zeros((4, 30), np.float32)
    first, again = keras.random.SeedGenerator(3), keras.random.SeedGenerator(3)
    one, two = (np.asarray(BERNOULLI.sample(logits, seed=first)) for _ in range(2))
    assert (one != two).any()
    np.testing.assert_array_equal(one, BERNOULLI.sample(logits, seed=again))
