"""EASE: a linear autoencoder that may not copy, in closed form; hard to beat at ranking."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse import csr_matrix

from saccade.core.liked_ratings import liked_from
from saccade.tasks.recommendation.baselines._holding_out import best_ranked, held_out
from saccade.tasks.recommendation.questions import Answer, pattern

MOST_ITEMS = 6000
"""A matrix of items by items is inverted in double precision: 288 MB, and twice that while it is."""

TAKES_ONE_LEVEL = True

REGULARISATIONS = (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)

Floats = NDArray[np.float32]


class Ease:
    """Embarrassingly Shallow Autoencoder (Steck 2019, arXiv 1905.03375).

    What goes in is which items the user has rated, or which they liked, whichever ranks better.
    """

    def __init__(self, weights: Floats, *, regularisation: float, at_least: float) -> None:
        self.weights, self.at_least = weights, at_least
        self.chosen = {"regularisation": regularisation, "from_stars": at_least}

    def expected(self, known: csr_matrix) -> None:
        """Return nothing: a score is no rating."""

    def scores(self, known: csr_matrix) -> Floats:
        """Return (n, items)."""
        found: Floats = pattern(known, at_least=self.at_least) @ self.weights
        return found


def fit(training: csr_matrix, *, levels: tuple[float, ...]) -> Ease:
    """Return it fitted to ratings (users, items)."""
    questions = held_out(training, levels=levels)
    regularisation, at_least = best_ranked(questions, _tried(questions.known, levels))
    return solve(training, regularisation=regularisation, at_least=at_least)


def _tried(
    training: csr_matrix, levels: tuple[float, ...]
) -> Iterator[tuple[tuple[float, float], Callable[[csr_matrix], Answer]]]:
    for at_least in dict.fromkeys((levels[0], liked_from(levels))):
        for regularisation in REGULARISATIONS:
            yield (
                (regularisation, at_least),
                _answer(solve(training, regularisation=regularisation, at_least=at_least)),
            )


def _answer(model: Ease) -> Callable[[csr_matrix], Answer]:
    return lambda known: (None, model.scores(known))


def solve(training: csr_matrix, *, regularisation: float, at_least: float) -> Ease:
    """Return the weights with the least squared error of which none leads from an item to itself."""
    chosen = pattern(training, at_least=at_least)
    gram = (chosen.T @ chosen).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += regularisation
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights = inverse / -inverse.diagonal()
    np.fill_diagonal(weights, 0)
    return Ease(weights.astype(np.float32), regularisation=regularisation, at_least=at_least)
