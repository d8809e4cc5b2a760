"""Where the images lie in the space that the last layer divides: points, class means, and what a drawing hides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances

from saccade.core.arrays import Array

NEAREST = 8
"""Images that are kept a class mean."""

ALL_COMPARED = 200
"""Classes; of more only those that have images are compared: there are no more of them than images."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSpace:
    """The features that come into the last layer with weights, of n images and k classes.

    Attributes:
        layer: that layer.
        dimensions: numbers an image.
        points: (n, 2) where the two directions in which the images differ most put them (PCA).
        means: (k, 2) class means; NaN for a class without images.
        explained: shares of the spread that the two directions show.
        nearest: (k, m) rows of the images nearest to each class mean, in all dimensions; -1 where there is none.
        compared: (p,) classes whose means are compared: all, or of more than 200 those that have images.
        distances: (p, p) between their means, in all dimensions, NaN for a class without images; 1 is the mean
            distance of an image from the mean of its class.
        own_mean: share of images nearest to the mean of the others of their class, in all dimensions.
        own_mean_drawn: the same in the drawing.
    """

    layer: str
    dimensions: int
    points: Floats
    means: Floats
    explained: tuple[float, float]
    nearest: NDArray[np.int64]
    compared: NDArray[np.int64]
    distances: Floats
    own_mean: float
    own_mean_drawn: float


def feature_space(layer: str, features: Array, labels: NDArray[np.int64], classes: int) -> FeatureSpace:
    """Return the drawing of features in a plane, and how far to trust it.

    Args:
        layer: that they come into.
        features: (n, d).
        labels: (n,).
        classes: k.
    """
    points, explained = _drawn(features)
    means = _class_means(features, labels, classes)
    drawn_means = _class_means(points, labels, classes)
    compared = np.arange(classes) if classes <= ALL_COMPARED else np.unique(labels)
    return FeatureSpace(
        layer=layer,
        dimensions=features.shape[1],
        points=points,
        means=drawn_means,
        explained=explained,
        nearest=_nearest(features, means),
        compared=compared,
        distances=_distances(features, labels, means, compared),
        own_mean=_own_mean(features, labels, means),
        own_mean_drawn=_own_mean(points, labels, drawn_means),
    )


def pooled(features: Array) -> Array:
    """Return features (n, …, c) as a row an image: of maps, the mean over their positions."""
    return features if features.ndim == 2 else features.reshape(len(features), -1, features.shape[-1]).mean(axis=1)


def _drawn(features: Array) -> tuple[Floats, tuple[float, float]]:
    found = PCA(min(2, *features.shape), random_state=0)
    points = np.zeros((len(features), 2))
    if features.std(axis=0).max() == 0:  # every image looks the same to this network
        return points, (0.0, 0.0)
    drawn = found.fit_transform(features)
    points[:, : drawn.shape[1]] = drawn
    shares = [*found.explained_variance_ratio_.tolist(), 0.0]
    return points, (shares[0], shares[1])


def _class_means(features: Array, labels: NDArray[np.int64], classes: int) -> Floats:
    means = np.full((classes, features.shape[1]), np.nan)
    for label in np.unique(labels):
        means[label] = features[labels == label].mean(axis=0)
    return means


def _nearest(features: Array, means: Floats) -> NDArray[np.int64]:
    nearest = np.full((len(means), min(NEAREST, len(features))), -1)
    present = np.flatnonzero(np.isfinite(means).all(axis=1))
    order = np.argsort(pairwise_distances(means[present], features), axis=1, kind="stable")
    nearest[present] = order[:, : nearest.shape[1]]
    return nearest


def _distances(features: Array, labels: NDArray[np.int64], means: Floats, compared: NDArray[np.int64]) -> Floats:
    scale = np.linalg.norm(features - means[labels], axis=1).mean() or 1.0
    chosen = means[compared]
    between = np.full((len(compared), len(compared)), np.nan)
    present = np.flatnonzero(np.isfinite(chosen).all(axis=1))
    between[np.ix_(present, present)] = pairwise_distances(chosen[present]) / scale
    return between


def _own_mean(features: Array, labels: NDArray[np.int64], means: Floats) -> float:
    """Return the share of images nearest to the mean of their class, each left out of the mean it is held against.

    Otherwise every image would draw its mean near, in many dimensions and with few images all of them.
    """
    present = np.flatnonzero(np.isfinite(means).all(axis=1))
    distances = pairwise_distances(features, means[present])
    own = np.searchsorted(present, labels)
    counts = np.bincount(labels)[labels]
    rows = np.arange(len(labels))
    # without itself, the mean of n moves away by n / (n - 1); an image alone in its class has none
    away = counts / np.maximum(counts - 1, 1)
    distances[rows, own] = np.where(counts > 1, distances[rows, own] * away, np.inf)
    return float((distances.argmin(axis=1) == own).mean())
