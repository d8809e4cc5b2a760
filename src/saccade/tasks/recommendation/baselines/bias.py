"""How kind the user is and how good the item: mean, plus a bias a user, plus a bias an item, both regularised."""

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from saccade.tasks.recommendation.baselines._holding_out import held_out, most_exact
from saccade.tasks.recommendation.questions import row_numbers

SWEEPS = 10
"""Of alternating least squares; the fit is convex and has settled by then."""

REGULARISATIONS = (1.0, 2.0, 5.0, 10.0, 20.0)
"""So many ratings of the mean every user, or item, is given beside its own."""

Floats = NDArray[np.float64]


class Bias:
    """mean + user + item (Koren 2008, the baseline estimates)."""

    def __init__(self, mean: float, items: Floats, *, users: float, of_items: float) -> None:
        self.mean, self.items, self.regularisation = mean, items, users
        self.chosen = {"users": users, "items": of_items}

    def user_biases(self, known: csr_matrix) -> Floats:
        """Return the bias of each user by what is known of them, (n,): 0 where that is nothing."""
        return _biases(
            row_numbers(known), known.data - self.mean - self.items[known.indices], self.regularisation, known.shape[0]
        )

    def residuals(self, known: csr_matrix) -> csr_matrix:
        """Return by how much each known rating is above what is expected, (n, items), those of 0 stored as well."""
        expected = self.mean + self.items[known.indices] + self.user_biases(known)[row_numbers(known)]
        return csr_matrix(((known.data - expected).astype(np.float32), known.indices, known.indptr), shape=known.shape)

    def expected(self, known: csr_matrix) -> NDArray[np.float32]:
        """Return (n, items)."""
        return (self.mean + self.user_biases(known)[:, np.newaxis] + self.items).astype(np.float32)

    scores = expected


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> Bias:
    """Return it fitted to ratings (users, items)."""
    questions = held_out(training, levels=levels)
    grid = itertools.product(REGULARISATIONS, REGULARISATIONS)
    tried = ((pair, _answer(solve(questions.known, users=pair[0], items=pair[1]))) for pair in grid)
    users, items = most_exact(questions, tried)
    return solve(training, users=users, items=items)


def _answer(model: Bias) -> Callable[[csr_matrix], tuple[NDArray[np.floating], None]]:
    return lambda known: (model.expected(known), None)


def solve(training: csr_matrix, *, users: float, items: float) -> Bias:
    """Return the least squares fit with so much regularisation of users and of items."""
    row, column, count = row_numbers(training), training.indices, training.shape
    mean = float(training.data.mean())
    above, of_items = training.data.astype(np.float64) - mean, np.zeros(count[1])
    for _ in range(SWEEPS):
        of_users = _biases(row, above - of_items[column], users, count[0])
        of_items = _biases(column, above - of_users[row], items, count[1])
    return Bias(mean, of_items, users=users, of_items=items)


def _biases(of: NDArray[np.integer], residuals: Floats, regularisation: float, count: int) -> Floats:
    """Return the regularised mean of residuals (ratings,) of each user or item, (count,)."""
    return np.bincount(of, residuals, count) / (regularisation + np.bincount(of, minlength=count))
