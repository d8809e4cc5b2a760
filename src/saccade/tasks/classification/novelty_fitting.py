"""Run → known_features.npz, novelty.json: how far images of the classes are from those of the training."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.run import Run
from saccade.inference import Network, load_model
from saccade.inference.keras_network import batches
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification import image_description
from saccade.tasks.classification.novelty import KnownFeatures, Novelty

MOST_TRAINING, MOST_VALIDATION = 1000, 2000
"""Images looked at."""

FEWEST = 20
"""Validation images below which a p-value says nothing."""

NUMBERS = 64
"""That are compared: the directions in which training images vary most."""

SHOWN = 24
"""Validation images that a report shows."""

Features = NDArray[np.float32]
Rows = NDArray[np.int64]


def fit_novelty(run: Run, dataset: ImageDataset) -> Novelty | None:
    """Return what distances mean for a trained run, and write it with what they are measured from into the run.

    Args:
        run: a trained run.
        dataset: its data with their splits; the test split is not read.

    Returns:
        None where nothing is to be refused, the network has no features, or there are too few validation images.
    """
    rate, validation = run.recipe.none_rate, _some(dataset.rows("validation"), MOST_VALIDATION)
    if not rate or len(validation) < FEWEST:
        return None
    model = load_model(run)
    if not image_description.blocks(model):
        return None
    network = Network(image_description.with_description(model))
    known = fit(_descriptions(network, dataset, of_each_class(dataset, MOST_TRAINING)))
    distances = known.distances(_descriptions(network, dataset, validation)).astype(np.float64)
    order = np.argsort(distances, kind="stable")
    farthest = tuple(dataset.names[validation[order[::-1][:SHOWN]]].tolist())
    novelty = Novelty(tuple(distances[order].tolist()), rate, farthest)
    run.save(known)
    run.save(novelty)
    return novelty


def fit(descriptions: Features) -> KnownFeatures:
    """Return what distances are measured from: training images, in the directions in which they vary most.

    Those distances are to the nearest of them (Sun et al. 2022, arXiv 2204.06507), after a principal component
    analysis of standardised numbers that makes the directions more alike. That was the best of what was measured
    (benchmarks/none_of_my_classes.py): with Mahalanobis's distance to classes, or length 1, less was told apart.

    Args:
        descriptions: (m, d), of training images.
    """
    centre, scale = descriptions.mean(axis=0, dtype=np.float64), _scale(descriptions)
    standard = (descriptions - centre) * scale
    directions, variances = _principal(standard)
    kernel = directions / np.sqrt(np.maximum(variances + variances.mean(), 1e-12))
    found = centre, scale[:, None] * kernel, standard @ kernel
    return KnownFeatures(*(each.astype(np.float32) for each in found))


def _principal(standard: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions (d, r) and variances (r,) of descriptions without their centre, the largest first.

    By the smaller of two products of the descriptions with themselves, which have the same eigenvalues: the time is
    bounded by the images looked at, however wide a description.
    """
    count, width = standard.shape
    product = standard.T @ standard if width <= count else standard @ standard.T
    values, vectors = np.linalg.eigh(product)
    values, vectors = np.maximum(values[::-1][:NUMBERS], 0), vectors[:, ::-1][:, :NUMBERS]
    if width > count:
        vectors = standard.T @ vectors / np.sqrt(np.maximum(values, 1e-9 * max(values[0], 1e-9)))
    return vectors, values / count


def _scale(descriptions: Features) -> NDArray[np.float64]:
    """Return (d,) what brings each number of a description to a deviation of 1; one that hardly varies stays small."""
    spread = descriptions.std(axis=0, dtype=np.float64)
    return 1 / np.maximum(spread, max(1e-3 * float(spread.mean()), 1e-9))


def of_each_class(dataset: ImageDataset, most: int) -> Rows:
    """Return training rows, at most so many: as many of each class as there are, or as have room."""
    rows = _shuffled(dataset.rows("train"))
    labels = dataset.labels[rows]
    turn = np.empty(len(rows), np.int64)  # the how manyth of its class
    for label in np.unique(labels):
        turn[labels == label] = np.arange((labels == label).sum())
    return np.sort(rows[np.argsort(turn, kind="stable")[:most]])


def _some(rows: Rows, most: int) -> Rows:
    return np.sort(_shuffled(rows)[:most])


def _shuffled(rows: Rows) -> Rows:
    return np.random.default_rng(0).permutation(rows)


def _descriptions(network: Network, dataset: ImageDataset, rows: Rows) -> Features:
    return np.concatenate([network.outputs(batch)[1] for batch in batches(dataset.images, rows=rows)])
