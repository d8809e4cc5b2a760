"""What simple means say of each image, fitted to the same training split: shares, logistic regression, neighbours."""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsRegressor

from saccade.tasks.multi_label.tagged_images import TaggedImages
from saccade.tasks.pixel_features import pixel_features

MOST_WORK = 200_000_000
"""Training images times numbers times labels: beyond, a sample is fitted to."""

NEIGHBOURS = 10

Features = NDArray[np.float32]
Truth = NDArray[np.uint8]
Say = Callable[[Features, Truth, Features], NDArray[np.float32]]


def _prior(known: Features, truth: Truth, asked: Features) -> NDArray[np.float32]:
    return np.tile(truth.mean(axis=0, dtype=np.float64), (len(asked), 1)).astype(np.float32)


def _logistic_regression(known: Features, truth: Truth, asked: Features) -> NDArray[np.float32]:
    columns = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of iterations is part of the baseline
        for at in range(truth.shape[1]):
            fitted = LogisticRegression(max_iter=50).fit(known, truth[:, at])
            columns.append(fitted.predict_proba(asked)[:, 1])
    return np.stack(columns, axis=1).astype(np.float32)


def _nearest_neighbours(known: Features, truth: Truth, asked: Features) -> NDArray[np.float32]:
    fitted = KNeighborsRegressor(min(NEIGHBOURS, len(known)), algorithm="brute").fit(known, truth.astype(np.float32))
    return np.asarray(fitted.predict(asked), np.float32).reshape(len(asked), -1)


BASELINES: dict[str, Say] = {
    "prior": _prior,
    "logistic_regression": _logistic_regression,
    "nearest_neighbours": _nearest_neighbours,
}
"""By name, what gives probabilities (m, k) for images, from training images (n, d) and their labels (n, k)."""


def baseline_answers(dataset: TaggedImages, split: str) -> dict[str, NDArray[np.float32]]:
    """Return what each baseline says of the images of a split, (n, k), by its name.

    Of training, only the shares are asked: the others have seen these images. None where nothing is left to fit to.
    """
    rows = _sample(dataset)
    truth = dataset.truth[rows]
    if not len(rows) or (truth == truth[:1]).all(axis=0).any():
        return {}
    known, asked = pixel_features(dataset, rows), pixel_features(dataset, dataset.rows(split))
    names = ["prior"] if split == "train" else list(BASELINES)
    return {name: BASELINES[name](known, truth, asked) for name in names}


def _sample(dataset: TaggedImages) -> NDArray[np.int64]:
    rows = dataset.rows("train")
    numbers = min(1024, int(np.prod(dataset.image_shape)))
    most = max(1000, MOST_WORK // (numbers * len(dataset.tags)))
    return rows if len(rows) <= most else np.sort(np.random.default_rng(0).permutation(rows)[:most])
