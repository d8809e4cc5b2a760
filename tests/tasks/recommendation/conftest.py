"""A network that can be worked out by hand, and the predictor around it."""

import numpy as np
import pytest
from scipy import sparse

from saccade.core import recipe as recipes
from saccade.modalities.ratings.scale import RatingScale
from saccade.tasks import base
from saccade.tasks.recommendation.catalogue import Catalogue
from saccade.tasks.recommendation.known_ratings import KnownRatings
from saccade.tasks.recommendation.predictor import RecommendationPredictor
from saccade.training import train

ITEMS = ("10", "20", "30", "40", "50", "60")
TITLES = ("Alien (1979)", "Aliens (1986)", "Solaris (1972)", "Heat (1995)", "Ronin (1998)", "Heat (1995)")
COUNTS = (9, 5, 2, 7, 3, 1)
LIKE = np.array(
    [
        [0.0, 0.8, 0.5, 0.0, 0.0, 0.0],
        [0.8, 0.0, 0.3, 0.0, 0.0, 0.1],
        [0.5, 0.3, 0.0, -0.2, 0.0, 0.0],
        [0.0, 0.0, -0.2, 0.0, 0.9, 0.6],
        [0.0, 0.0, 0.0, 0.9, 0.0, 0.7],
        [0.0, 0.1, 0.0, 0.6, 0.7, 0.0],
    ]
)


def answer(codes):
    """Return what a person would give: 3, and more where what is like it was rated above 3; bent, so not linear."""
    codes = np.asarray(codes, np.float64)
    lean = (np.where(codes > 0, codes - 3, 0) @ LIKE).clip(-3, 3)
    expected = (3 + 2 * np.tanh(lean / 2)).astype(np.float32)
    return {"expected": expected, "scores": (expected + np.array(COUNTS) / 100).astype(np.float32)}


@pytest.fixture(scope="session")
def by_hand():
    """Give the function that gives "expected" and "scores" for codes (n, 6)."""
    return answer


@pytest.fixture(scope="session")
def catalogue():
    """Six films, two of which have the same title, rated from 1 to 5."""
    return Catalogue(ITEMS, TITLES, COUNTS, RatingScale((1.0, 2.0, 3.0, 4.0, 5.0)))


@pytest.fixture(scope="session")
def known(catalogue):
    """What a run knows of three users: anna likes space, <ben> crime; carl rated nothing outside of the test split."""
    rows = np.array([[5, 0, 4, 1, 0, 0], [0, 1, 0, 5, 0, 0], [0, 0, 0, 0, 0, 0]], np.float32)
    return KnownRatings(("anna", "<ben>", "carl"), ITEMS, TITLES, catalogue.scale, sparse.csr_matrix(rows))


@pytest.fixture(scope="session")
def of_run(catalogue, known):
    """The predictor of a run, which knows users."""
    return RecommendationPredictor("runs/films-1", answer, catalogue, "by hand", known)


@pytest.fixture(scope="session")
def of_file(catalogue):
    """The predictor of an exported file, which knows nobody."""
    return RecommendationPredictor("films.onnx", answer, catalogue, "by hand")


@pytest.fixture(scope="module")
def run(run_once):
    """A run of few units and epochs."""

    def make(folder):
        recipe = recipes.read("films-rbm", epochs=4, model={"name": "rbm", "hidden": 12, "chain": [1]})
        train(*base.prepare(recipe, quiet=True), folder=folder / "run")

    return run_once("films", make)
