"""What each detector computes, against the definition or its authors' library."""

import numpy as np
import pytest

from saccade.core import registry
from saccade.tasks.anomaly_detection.baselines import nearest_neighbours

pytestmark = pytest.mark.heavy


def rows(count, width=5, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def fitted(name, training, seed=0):
    return registry.load("detectors", name).make(seed).fit(training)


@pytest.mark.filterwarnings("ignore")  # PyOD's
def test_ecod_scores_a_row_as_its_authors_library_does_when_it_is_asked_alone():
    reference = pytest.importorskip("pyod.models.ecod")
    training, asked = rows(300), np.concatenate([rows(20, seed=1), 9 + rows(3, seed=2)])
    training[:, 2] = np.round(training[:, 2])  # ties
    theirs = reference.ECOD().fit(training)
    alone = [theirs.decision_function(asked[number : number + 1])[0] for number in range(len(asked))]
    np.testing.assert_allclose(fitted("ecod", training).score(asked), alone, rtol=1e-9)


def test_the_fifth_neighbour_is_the_one_that_counts():
    training = np.arange(10, dtype=np.float32)[:, None]
    assert fitted("nearest_neighbours", training).score(np.array([[0.0], [20.0]], np.float32)).tolist() == [4, 15]


def test_many_training_rows_are_sampled_and_it_says_so(monkeypatch):
    monkeypatch.setattr(nearest_neighbours, "MOST_ROWS", 100)
    detector = fitted("nearest_neighbours", rows(1000))
    assert detector.fitted_on == 100
    other = fitted("nearest_neighbours", rows(1000), seed=1)
    assert not np.array_equal(detector.score(rows(9, seed=2)), other.score(rows(9, seed=2)))


def test_pca_sees_what_leaves_the_plane_and_not_what_stays_in_it():
    plane = rows(500, 2) @ rows(2, 5, seed=1)
    detector = fitted("pca", plane + 0.001 * rows(500, seed=2))
    _, axes = np.linalg.eigh(np.cov(plane.T))
    leading, across = (axes[:, number].astype(np.float32)[None] for number in (-1, 0))
    assert detector.score(100 * leading)[0] < 0.1 < detector.score(across)[0]


def test_squared_norm_is_the_squared_length():
    assert fitted("squared_norm", rows(3, 2)).score(np.array([[3.0, 4.0]], np.float32)).tolist() == [25]
