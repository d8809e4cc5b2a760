"""What simple means say of each image, fitted to the same training split: the mean, ridge on pixels, neighbours."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from saccade.tasks.pixel_features import pixel_features
from saccade.tasks.regression.measured_images import MeasuredImages

MOST_IMAGES = 20_000
"""To fit to; with more, a sample is taken."""

NEIGHBOURS = 5

BASELINES: dict[str, Callable[[int], Any]] = {
    "mean": lambda count: DummyRegressor(),
    "ridge_regression": lambda count: make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 13))),
    "nearest_neighbours": lambda count: KNeighborsRegressor(min(NEIGHBOURS, count), algorithm="brute"),
}
"""By name, what makes a scikit-learn regressor for so many training images."""


def baseline_answers(dataset: MeasuredImages, split: str) -> dict[str, NDArray[np.float64]]:
    """Return what each baseline says of the images of a split, (n,), by its name.

    Of training, only the mean is asked: the others have seen these images. None where nothing is left to fit to.
    """
    rows = dataset.rows("train")
    if not len(rows):
        return {}
    if len(rows) > MOST_IMAGES:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:MOST_IMAGES])
    known, asked = pixel_features(dataset, rows), pixel_features(dataset, dataset.rows(split))
    names = ["mean"] if split == "train" else list(BASELINES)
    fitted = {name: BASELINES[name](len(rows)).fit(known, dataset.numbers[rows]) for name in names}
    return {name: np.asarray(made.predict(asked), np.float64) for name, made in fitted.items()}
