"""Run → known_features.npz, novelty.json: how far images of the classes are from those of the training."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.blas import one_thread
from saccade.core.run import Run
from saccade.inference import batches, load_model
from saccade.inference.quick_network import QuickNetwork
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification import image_description
from saccade.tasks.classification.novelty import KnownFeatures, Novelty
from saccade.tasks.network_description import blocks, features, with_description

MOST_TRAINING, MOST_VALIDATION = 1000, 2000
"""Images looked at, where they are small."""

FEWEST_TRAINING, MOST_PIXELS = 200, 6_000_000
"""So many training images at least, however large; else no more pixels: large networks take their time for each."""

FEWEST = 20
"""Validation images below which a p-value says nothing."""

NUMBERS = 64
"""That are compared: the directions in which training images vary most."""

FEWEST_REFERENCES = 100
"""Training images that are kept, however small the network. Else they take half as many numbers as it has weights."""

LEAST_SPREAD = 0.05
"""Of logarithms: an exponent of more than 1 in 20 of them makes rounding errors into differences."""

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
    rate, most = run.recipe.none_rate, most_training(dataset.image_shape)
    validation = _some(dataset.rows("validation"), most * MOST_VALIDATION // MOST_TRAINING)
    if not rate or len(validation) < FEWEST:
        return None
    model = load_model(run)
    if not blocks(model):
        return None
    training = of_each_class(dataset, most)
    found = _described(model, dataset.images, np.concatenate([training, validation]))
    references = int(
        np.clip(model.count_params() // (2 * (NUMBERS + features(model))), FEWEST_REFERENCES, MOST_TRAINING)
    )
    known = fit(found[: len(training)], found[len(training) :], features=features(model), references=references)
    novelties = np.asarray(image_description.novelty(found[len(training) :], known), np.float64)
    order = np.argsort(novelties, kind="stable")
    strangest = tuple(dataset.names[validation[order[::-1][:SHOWN]]].tolist())
    novelty = Novelty(tuple(novelties[order].tolist()), rate, strangest)
    run.save(known)
    run.save(novelty)
    return novelty


def _described(network: Model, images: Array, rows: Rows) -> Features:
    """Return the descriptions (n, d) of some rows of images (m, h, w, c), a batch at a time."""
    asked = QuickNetwork(with_description(network))
    return np.concatenate([asked.outputs(batch)[1] for batch in batches(images, rows=rows)])


def fit(training: Features, validation: Features, *, features: int, references: int = MOST_TRAINING) -> KnownFeatures:
    """Return what novelty is measured by.

    Distances are to the nearest training images (Sun et al. 2022, arXiv 2204.06507): by the direction of the features;
    and by all numbers, after a principal component analysis of what is standardised that makes directions more alike.
    With Mahalanobis's distance to the classes, and with either alone, less was told apart
    (benchmarks/none_of_my_classes.py).

    Args:
        training: (n, d), descriptions of training images, in any order.
        validation: (m, d), of images by whose distances the two ways are brought together.
        features: so many numbers of a description, the first, are features.
        references: so many training images are kept; half of them for their features.
    """
    training = np.random.default_rng(0).permutation(training)
    centre, scale = training.mean(axis=0, dtype=np.float64), _scale(training)
    standard = (training - centre) * scale
    axes, variances = _principal(standard)
    kernel = axes / np.sqrt(np.maximum(variances + variances.mean(), 1e-12))
    directions = training[: max(1, references // 2), :features].astype(np.float64)
    directions /= np.sqrt(np.square(directions).sum(axis=1, keepdims=True) + image_description.TINIEST)
    found = directions, centre, scale[:, None] * kernel, (standard @ kernel)[:references], np.zeros(2), np.ones(2)
    known = KnownFeatures(*(each.astype(np.float32) for each in found))
    return _scaled(known, validation)


def _scaled(known: KnownFeatures, validation: Features) -> KnownFeatures:
    """Return it with what is usual among validation images."""
    logarithms = np.stack([np.asarray(each) for each in image_description.log_distances(validation, known)])
    middle, far = np.quantile(logarithms, [0.5, 0.95], axis=1)
    spread = np.maximum(far - middle, LEAST_SPREAD)
    both = np.broadcast_to(middle, 2), np.broadcast_to(spread, 2)  # without features there is one way only
    return replace(known, middle=both[0].astype(np.float32), spread=both[1].astype(np.float32))


def _principal(standard: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions (d, r) and variances (r,) of descriptions without their centre, the largest first.

    By the smaller of two products of the descriptions with themselves, which have the same eigenvalues: the time is
    bounded by the images looked at, however wide a description. In one thread: of several, all but one wait for the
    others, and on cores that are shared that took a hundred times as long.
    """
    count, width = standard.shape
    with one_thread():
        product = standard.T @ standard if width <= count else standard @ standard.T
        last = len(product) - 1
        values, vectors = eigh(product, subset_by_index=(max(0, last - NUMBERS + 1), last), overwrite_a=True)
        values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
        if width > count:
            vectors = standard.T @ vectors / np.sqrt(np.maximum(values, 1e-9 * max(values[0], 1e-9)))
    return vectors, values / count


def _scale(descriptions: Features) -> NDArray[np.float64]:
    """Return (d,) what brings each number of a description to a deviation of 1; one that hardly varies stays small."""
    spread = descriptions.std(axis=0, dtype=np.float64)
    return np.asarray(1 / np.maximum(spread, max(1e-3 * float(spread.mean()), 1e-9)), np.float64)


def most_training(image_shape: tuple[int, int, int]) -> int:
    """Return how many training images of (height, width, channels) are looked at; of validation twice as many are."""
    return int(np.clip(MOST_PIXELS // (image_shape[0] * image_shape[1]), FEWEST_TRAINING, MOST_TRAINING))


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
