"""Measures of answers, against a plain loop over users and items."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from saccade.tasks.recommendation.metrics.by_user import by_user, error_ratios, ranking_ratios, relevant
from saccade.tasks.recommendation.questions import Questions

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


def drawn(seed, *, users=40, items=35):
    """Return questions with users of whom nothing is known, nothing is asked, or everything is rated."""
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 6, (users, items)).astype(np.float32)
    kind = rng.choice(3, (users, items), p=(0.4, 0.3, 0.3))
    kind[0], kind[1], kind[2], kind[3, :30] = 2, 1, rng.integers(1, 3, items), 1
    known, asked = (csr_matrix(np.where(kind == each, ratings, 0)) for each in (1, 2))
    expected = rng.uniform(0, 6, (users, items)).astype(np.float32)
    scores = rng.integers(0, 9, (users, items)).astype(np.float32)  # many are equal
    return Questions(known, asked, known, LEVELS), expected, scores


def in_blocks(questions, expected, scores):
    return ((users, (expected[users], scores[users])) for users in questions.blocks())


def plainly(questions, expected, scores):
    """Return RMSE, MAE, nDCG, recall and precision at 10, one user and one item after the other."""
    squares, errors, gains, recalls, precisions = [], [], [], [], []
    for row in range(len(questions)):
        both = questions.known[[row]], questions.asked[[row]]
        known, asked = (dict(zip(each.indices, each.data, strict=True)) for each in both)
        errors += [abs(float(expected[row, item]) - rating) for item, rating in asked.items()]
        order = sorted((-scores[row, item], item) for item in range(questions.items) if item not in known)
        first = [item for _, item in order[:10]]
        liked = {item for item, rating in asked.items() if rating >= 4}
        if liked:
            hits = [place for place, item in enumerate(first) if item in liked]
            best = sum(1 / math.log2(place + 2) for place in range(min(10, len(liked))))
            gains.append(sum(1 / math.log2(place + 2) for place in hits) / best)
            recalls.append(len(hits) / len(liked))
            precisions.append(len(hits) / 10)
    squares = [error**2 for error in errors]
    return math.sqrt(np.mean(squares)), np.mean(errors), np.mean(gains), np.mean(recalls), np.mean(precisions)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("block", [7, 256])
def test_measures_are_those_of_a_loop_over_users_and_items(seed, block, monkeypatch):
    monkeypatch.setattr("saccade.tasks.recommendation.questions.BLOCK", block)
    questions, expected, scores = drawn(seed)
    found = by_user(questions, in_blocks(questions, expected, scores))
    ratios = {**error_ratios(questions, found), **ranking_ratios(questions, found)}
    values = {name: each.above.sum() / each.below.sum() for name, each in ratios.items()}
    values["rmse"] = math.sqrt(values["rmse"])
    assert list(values) == ["rmse", "mae", "ndcg", "recall", "precision"]
    assert list(values.values()) == pytest.approx(plainly(questions, expected, scores), rel=1e-6)


def test_perfect_answers_have_no_error_and_the_best_ranking():
    questions, _, _ = drawn(1)
    truth = questions.asked.toarray()
    found = by_user(questions, in_blocks(questions, truth, truth))
    assert error_ratios(questions, found)["rmse"].above.sum() == 0
    ndcg = ranking_ratios(questions, found)["ndcg"]
    assert ndcg.above.sum() == pytest.approx(ndcg.below.sum())


def test_an_item_that_was_rated_before_is_not_relevant_however_it_is_rated_now():
    known = csr_matrix(np.array([[5.0, 0, 0]], np.float32))
    asked = csr_matrix(np.array([[5.0, 4, 3]], np.float32))
    assert relevant(Questions(known, asked, known, LEVELS)).tolist() == [False, True, False]


def test_a_rating_of_0_is_a_rating():
    levels = (0.0, 1.0, 2.0)
    asked = csr_matrix((np.array([0.0, 2.0], np.float32), [0, 1], [0, 2]), shape=(1, 3))
    known = csr_matrix((1, 3), dtype=np.float32)
    questions = Questions(known, asked, known, levels)
    found = by_user(questions, in_blocks(questions, np.ones((1, 3), np.float32), np.zeros((1, 3), np.float32)))
    assert error_ratios(questions, found)["rmse"].above.tolist() == [2.0]
    assert error_ratios(questions, found)["rmse"].below.tolist() == [2.0]


def test_what_is_not_said_is_not_measured():
    questions, expected, scores = drawn(0)
    ranked = by_user(questions, ((users, (None, scores[users])) for users in questions.blocks()))
    rated = by_user(questions, ((users, (expected[users], None)) for users in questions.blocks()))
    assert error_ratios(questions, ranked) == {}
    assert ranking_ratios(questions, rated) == {}
