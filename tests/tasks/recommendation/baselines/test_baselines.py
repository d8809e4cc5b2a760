"""Simple recommenders, on invented tastes and against what can be worked out by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from saccade.core import registry
from saccade.tasks.recommendation.baseline_answers import KIND, baselines, fitting, too_large
from saccade.tasks.recommendation.baselines import bias, ease, item_knn, item_mean, popularity, user_mean
from saccade.tasks.recommendation.metrics.by_user import error_ratios, ranking_ratios
from saccade.tasks.recommendation.questions import Questions

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
SMALL = csr_matrix(np.array([[5, 4, 0], [3, 0, 0], [0, 2, 0]], np.float32))


@pytest.fixture(scope="module")
def tastes():
    """Questions about two kinds of users, each of whom rates their own kind of films more often, and higher."""
    rng = np.random.default_rng(0)
    alike = np.arange(150)[:, None] % 2 == np.arange(40)[None] % 2
    ratings = np.clip(np.round(np.where(alike, 4.3, 2.0) + rng.normal(0, 0.5, alike.shape)), 1, 5)
    there = rng.random(alike.shape) < np.where(alike, 0.6, 0.2)
    out = rng.random(alike.shape) < 0.2
    known, asked = (csr_matrix(np.where(there & part, ratings, 0).astype(np.float32)) for part in (~out, out))
    return Questions(known, asked, known, LEVELS)


@pytest.fixture(scope="module")
def answers(tastes):
    return baselines(tastes.known, tastes)


def mean(tastes, found, name):
    ratios = {**error_ratios(tastes, found), **ranking_ratios(tastes, found)}
    return ratios[name].above.sum() / ratios[name].below.sum()


def test_neighbours_foretell_ratings_that_means_cannot(tastes, answers):
    errors = {name: mean(tastes, answers[name].found, "rmse") for name in ("item_knn", "bias", "global_mean")}
    assert errors["item_knn"] < 0.7 * min(errors["bias"], errors["global_mean"])


def test_ease_ranks_what_popularity_cannot(tastes, answers):
    gains = {name: mean(tastes, answers[name].found, "ndcg") for name in ("ease", "popularity")}
    assert gains["ease"] > 1.3 * gains["popularity"]


@pytest.mark.parametrize("name", registry.names(KIND))
def test_a_user_of_whom_nothing_is_known_is_answered(name, tastes):
    fitted = registry.load(KIND, name).fit(tastes.known, levels=LEVELS)
    nobody = csr_matrix((2, tastes.items), dtype=np.float32)
    for found in (fitted.expected(nobody), fitted.scores(nobody)):
        assert found is None or (found.shape == (2, tastes.items) and np.isfinite(found).all())


@pytest.mark.parametrize("name", registry.names(KIND))
def test_what_is_asked_reaches_no_baseline(name, tastes, answers):
    """Other answers, the same users: what is said must not change."""
    poisoned = csr_matrix((6 - tastes.asked.data, tastes.asked.indices, tastes.asked.indptr), tastes.asked.shape)
    again = baselines(tastes.known, Questions(tastes.known, poisoned, tastes.known, LEVELS), names=[name])[name].found
    found = answers[name].found
    for one, other in ((again.recommended, found.recommended), (again.expected, found.expected)):
        np.testing.assert_array_equal(one, other)


def test_means_are_means_and_that_of_all_where_there_are_none():
    assert item_mean.fit(SMALL, levels=LEVELS).expected(SMALL[[2]]).tolist() == [[4, 3, 3.5]]
    known = csr_matrix(np.array([[5, 4, 0], [0, 0, 0]], np.float32))
    assert user_mean.fit(SMALL, levels=LEVELS).expected(known).tolist() == [[4.5] * 3, [3.5] * 3]


def test_popularity_counts():
    assert popularity.fit(SMALL, levels=LEVELS).scores(SMALL[[0]]).tolist() == [[2, 2, 0]]


def test_biases_solve_their_normal_equations(tastes):
    fitted = bias.solve(tastes.known, users=3, items=2)
    residuals = fitted.residuals(tastes.known)
    np.testing.assert_allclose(np.ravel(residuals.sum(axis=1)), 3 * fitted.user_biases(tastes.known), atol=1e-3)
    np.testing.assert_allclose(np.ravel(residuals.sum(axis=0)), 2 * fitted.items, atol=0.05)


def test_the_weights_of_ease_have_the_least_error_of_those_that_may_not_copy(tastes):
    """Its normal equations: the gradient of the penalised error is 0 off the diagonal."""
    fitted = ease.solve(tastes.known, regularisation=20.0, at_least=1.0)
    rated = (tastes.known.toarray() > 0).astype(np.float64)
    slope = rated.T @ (rated @ fitted.weights - rated) + 20 * fitted.weights
    np.testing.assert_allclose(slope - np.diag(np.diag(slope)), 0, atol=1e-3)
    assert (np.diag(fitted.weights) == 0).all()


def test_similar_items_are_those_that_the_same_users_rate_alike():
    residuals = csr_matrix(np.array([[1, 1, -1], [-1, -1, 1], [1, 0, 0]], np.float32))
    cosine, common = item_knn.cosines(residuals)
    assert common[0].tolist() == [3, 2, 2]
    assert cosine[0, 1] == pytest.approx(2 / np.sqrt(6))
    assert item_knn.shrunk(cosine, common, 2.0)[0].tolist() == pytest.approx([0, 1 / np.sqrt(6), 0])


def test_baselines_that_need_too_much_memory_are_left_out(tastes, monkeypatch):
    monkeypatch.setattr(ease, "MOST_ITEMS", 39)
    assert too_large(40) == {"ease": 39}
    assert "ease" not in fitting(tastes)
    assert "item_knn" in fitting(tastes)


def test_where_all_ratings_are_alike_only_rankings_remain(tastes):
    alike = Questions(tastes.known, tastes.asked, tastes.known, (1.0,))
    assert fitting(alike) == ["ease", "popularity"]
