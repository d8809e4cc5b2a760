"""How the user rated similar items: item-based neighbours on what the bias model leaves over."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from saccade.tasks.recommendation.baselines import bias
from saccade.tasks.recommendation.baselines._holding_out import held_out, most_exact
from saccade.tasks.recommendation.baselines.bias import Bias
from saccade.tasks.recommendation.questions import Answer, pattern

MOST_ITEMS = 6000
"""Similarities take four bytes a pair of items, and three such tables are needed while they are made."""

SHRINKAGES = (20.0, 50.0, 100.0, 200.0)
"""So many common users halve a similarity."""

DAMPINGS = (0.0, 0.05, 0.2)
"""The weight of nothing being left over, which few or unlike neighbours cannot outvote."""

Floats = NDArray[np.float32]


class Neighbours:
    """Bias model plus the mean of the user's residuals, weighted by similarity (Bell and Koren 2007).

    All items that the user rated are neighbours, with the cosine of the items' residuals as weight, shrunk where few
    users have rated both; those below 0 have none.
    """

    def __init__(self, base: Bias, similarities: Floats, *, shrinkage: float, damping: float) -> None:
        self.base, self.similarities, self.damping = base, similarities, damping
        self.chosen = {"shrinkage": shrinkage, "damping": damping}

    def expected(self, known: csr_matrix) -> Floats:
        """Return (n, items)."""
        weights = pattern(known) @ self.similarities + np.float32(self.damping)
        left_over = self.base.residuals(known) @ self.similarities
        found: Floats = self.base.expected(known) + left_over / np.maximum(weights, np.float32(1e-6))
        return found

    scores = expected


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> Neighbours:
    """Return it fitted to ratings (users, items)."""
    base = bias.fit(training, levels=levels)
    questions = held_out(training, levels=levels)
    smaller = bias.solve(questions.known, users=base.chosen["users"], items=base.chosen["items"])
    shrinkage, damping = most_exact(questions, _tried(smaller, questions.known))
    similarities = shrunk(*cosines(base.residuals(training)), shrinkage)
    return Neighbours(base, similarities, shrinkage=shrinkage, damping=damping)


def _tried(base: Bias, training: csr_matrix) -> Iterator[tuple[tuple[float, float], Callable[[csr_matrix], Answer]]]:
    cosine, common = cosines(base.residuals(training))
    for shrinkage in SHRINKAGES:
        similarities = shrunk(cosine, common, shrinkage)
        for damping in DAMPINGS:
            model = Neighbours(base, similarities, shrinkage=shrinkage, damping=damping)
            yield (shrinkage, damping), _answer(model)


def _answer(model: Neighbours) -> Callable[[csr_matrix], Answer]:
    return lambda known: (model.expected(known), None)


def cosines(residuals: csr_matrix) -> tuple[Floats, Floats]:
    """Return the cosine of each two items' residuals, and how many users have rated both, (items, items) each."""
    products = (residuals.T @ residuals).toarray()
    lengths = np.sqrt(np.maximum(products.diagonal(), np.float32(1e-12)))
    rated = pattern(residuals)
    return products / lengths / lengths[:, np.newaxis], (rated.T @ rated).toarray()


def shrunk(cosine: Floats, common: Floats, shrinkage: float) -> Floats:
    """Return similarities, 0 or more: the less, the fewer users have rated both; an item is no neighbour of itself."""
    found: Floats = np.maximum(cosine, 0) * (common / (common + np.float32(shrinkage)))
    np.fill_diagonal(found, 0)
    return found
