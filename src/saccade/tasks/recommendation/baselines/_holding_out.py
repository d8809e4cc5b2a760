"""Choose a setting on a tenth of the training ratings, which is held out: neither validation nor test is looked at."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from saccade.tasks.recommendation.metrics.by_user import by_user, error_ratios, ranking_ratios
from saccade.tasks.recommendation.questions import Answer, Questions

HELD_OUT = 0.1

Setting = TypeVar("Setting")
Answers = Callable[[csr_matrix], Answer]


def held_out(training: csr_matrix, *, levels: tuple[float, ...], seed: int = 0) -> Questions:
    """Return questions about a tenth of the ratings, drawn at random, of which the others are known."""
    out = np.random.default_rng(seed).random(training.nnz) < HELD_OUT
    known, asked = (_only(training, kept) for kept in (~out, out))
    return Questions(known=known, asked=asked, seen=known, levels=levels)


def _only(ratings: csr_matrix, kept: np.ndarray) -> csr_matrix:
    ends = np.concatenate([[0], np.cumsum(kept)])[ratings.indptr]
    return csr_matrix((ratings.data[kept], ratings.indices[kept], ends), shape=ratings.shape)


def most_exact(questions: Questions, settings: Iterable[tuple[Setting, Answers]]) -> Setting:
    """Return the setting with the least squared error on questions, the first of equal ones."""
    return min(settings, key=lambda each: _sum(questions, each[1], "rmse"))[0]


def best_ranked(questions: Questions, settings: Iterable[tuple[Setting, Answers]]) -> Setting:
    """Return the setting with the highest nDCG at 10 on questions, the first of equal ones."""
    return max(settings, key=lambda each: _sum(questions, each[1], "ndcg"))[0]


def _sum(questions: Questions, answer: Answers, measure: str) -> float:
    found = by_user(questions, questions.answered(answer))
    ratios = {**error_ratios(questions, found), **ranking_ratios(questions, found)}
    return float(ratios[measure].above.sum())
