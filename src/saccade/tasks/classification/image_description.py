"""How unlike training images an image is, by what a classifier makes of it on the way to its answer."""

from typing import Any

import numpy as np

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.tasks.classification.novelty import KnownFeatures
from saccade.tasks.network_description import description

NEIGHBOURS = 5
"""By features an image is as far away as the so manyth nearest: one alone may be as odd."""

LEAST = 0.25
"""Nearer than this part of the usual distance counts as this: duplicates, whose distances are rounding errors."""

TINIEST = 1e-12
"""Whose logarithm is taken in place of that of 0."""


def with_novelty(network: Model, known: KnownFeatures) -> Model:
    """Return a Keras model from the same pixels to answers (n, k) and novelties (n,)."""
    return keras.Model(network.input, [network.output, novelty(description(network), known)])


def novelty(descriptions: Any, known: KnownFeatures) -> Any:
    """Return how unlike training images some are, (n,), from their descriptions (n, d).

    It is the logarithm of a distance: 0 for a usual image of the classes, 1 for 1 in 20 of them. Of two ways to measure
    it the larger counts most: the direction of features tells other photos apart best, and statistics of maps noise,
    empty images and drawings (benchmarks/none_of_my_classes.py).
    """
    ops = keras.ops
    logarithms = log_distances(descriptions, known)
    scaled = [
        ops.maximum(each - float(middle), float(np.log(LEAST))) / float(spread)
        for each, middle, spread in zip(logarithms, known.middle, known.spread, strict=False)
    ]
    if len(scaled) == 1:
        return scaled[0]
    larger, smaller = ops.maximum(*scaled), ops.minimum(*scaled)
    return larger + ops.log(1 + ops.exp(2 * (smaller - larger))) / 2  # logaddexp of twice each, which ONNX has not


def log_distances(descriptions: Any, known: KnownFeatures) -> list[Any]:
    """Return logarithms (n,) of squared distances to training images: by directions of features, and by all numbers."""
    ops, width = keras.ops, known.directions.shape[1]
    descriptions = ops.cast(descriptions, "float32")
    compared = ops.matmul(descriptions - known.centre, known.kernel)
    found = [_nearest(compared, known.references, 1)]
    if width:
        parts = descriptions[:, :width]
        parts = parts * ops.rsqrt(ops.sum(ops.square(parts), axis=1, keepdims=True) + TINIEST)
        found.insert(0, _nearest(parts, known.directions, NEIGHBOURS))
    return [ops.log(ops.maximum(each, TINIEST)) for each in found]


def _nearest(found: Any, references: Array, nearest: int) -> Any:
    """Return the squared distances (n,) of numbers (n, r) to the so manyth nearest of references (m, r)."""
    ops, count = keras.ops, min(nearest, len(references))
    between = ops.matmul(found, (-2 * references.T).astype(np.float32)) + np.square(references).sum(axis=1)
    chosen = ops.min(between, axis=1) if count == 1 else -ops.top_k(-between, count)[0][:, -1]
    return chosen + ops.sum(ops.square(found), axis=1)
