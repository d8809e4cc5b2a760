"""The two ends that recommenders share: codes in, what they say of a user, expected ratings and scores out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saccade.core.backend import keras
from saccade.core.batch_mean import batch_mean
from saccade.models.recommenders import EXPECTED, SCORES

layers, ops = keras.layers, keras.ops

NEVER = -1e9
"""The score of what is known already, in training only: it is not to be recommended again."""


def codes_input(items: int) -> Any:
    """Return the input (n, items) float32."""
    return keras.Input((items,), dtype="float32", name="ratings")


def one_hot(codes: Any, levels: int) -> Any:
    """Return (n, items · levels) float32, 1 for the level that a code stands for; nothing for 0."""
    # compared, not looked up: ONNX counts a negative index from the end
    hot = ops.cast(ops.equal(ops.expand_dims(codes, -1), np.arange(1, levels + 1, dtype=np.float32)), "float32")
    return layers.Flatten()(hot)


def rated(codes: Any) -> Any:
    """Return 1 where an item is rated, else 0, (n, items) float32."""
    return ops.cast(codes > 0, "float32")


def stars(codes: Any, levels: Sequence[float]) -> Any:
    """Return the ratings (n, items) that codes stand for, 0 where nothing is rated."""
    steps = np.diff([0.0, *levels])
    if len(levels) > 1 and np.allclose(steps[1:], steps[1]):
        return rated(codes) * (codes * float(steps[1]) + float(levels[0] - steps[1]))
    found = ops.zeros_like(codes)
    for number, step in enumerate(steps):
        found = found + float(step) * ops.cast(codes > number, "float32")
    return found


def numbers(codes: Any, count: int) -> Any:
    """Return numbers 0, 1, … (count,) int32, with which an embedding gives all its rows: its weights."""
    nothing = ops.reshape(ops.sum(ops.zeros_like(codes)), (1,))
    return ops.cast(nothing, "int32") + np.arange(count, dtype=np.int32)


def rows(codes: Any, name: str, count: int, width: int, initializer: Any = "zeros", *, trainable: bool = True) -> Any:
    """Return weights (count, width) as a tensor: those of an embedding, a layer that any program knows."""
    layer = layers.Embedding(count, width, embeddings_initializer=initializer, trainable=trainable, name=name)
    return layer(numbers(codes, count))


def finished(codes: Any, expected: Any, scores: Any, name: str) -> Any:
    """Return the network that is trained: (n, 2, items), scores of what is known far below all others."""
    expected = layers.Identity(name=EXPECTED, dtype="float32")(expected)
    scores = layers.Identity(name=SCORES, dtype="float32")(scores)
    new = ops.where(codes > 0, NEVER, scores)
    return keras.Model(codes, ops.stack([expected, new], axis=1), name=name)


def level_shares(codes: sparse.csr_matrix, levels: int, *, prior: float = 1.0) -> NDArray[np.float32]:
    """Return (items, levels), how often each rating is given to an item, drawn to what all items get by `prior`."""
    own = np.zeros((codes.shape[1], levels))
    np.add.at(own, (codes.indices, codes.data.astype(np.int64) - 1), 1)
    usual = own.sum(axis=0) / max(1.0, own.sum())
    usual = (usual + 1e-3) / (usual + 1e-3).sum()
    shares = own + prior * levels * usual
    found: NDArray[np.float32] = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def item_means(codes: sparse.csr_matrix, levels: Sequence[float], *, prior: float = 5.0) -> NDArray[np.float32]:
    """Return (items,), the mean rating of each item, drawn to the mean of all by `prior` ratings."""
    values = np.asarray(levels)[codes.data.astype(np.int64) - 1]
    overall = values.mean() if len(values) else float(np.mean(levels))
    totals = np.bincount(codes.indices, values, codes.shape[1])
    counts = np.bincount(codes.indices, minlength=codes.shape[1])
    return ((totals + prior * overall) / (counts + prior)).astype(np.float32)


def squared_error(levels: Sequence[float]) -> Any:
    """Return a loss (n,): the mean squared error of what is expected of the items that are asked for, in stars.

    Its gradient is left out: how such a network learns is said by a penalty.
    """

    def loss(targets: Any, answers: Any) -> Any:
        return asked_error(targets, ops.stop_gradient(answers)[:, 0], levels)

    return loss


def asked_error(targets: Any, expected: Any, levels: Sequence[float]) -> Any:
    """Return squared errors (n,) of expected ratings, a sum over the items that the target codes (n, items) ask for.

    They are divided by what a row of the batch has on average, so that their mean is that of all ratings.
    """
    asked = rated(targets)
    squares = ops.sum(asked * ops.square(stars(targets, levels) - expected), axis=1)
    return squares / ops.maximum(batch_mean(ops.sum(asked, axis=1)), 1.0)


PRIOR = 10.0
"""Ratings by which a user's generosity is drawn to that of all."""


def generosity(codes: Any, items: int, levels: Sequence[float]) -> tuple[Any, Any]:
    """Return each item's mean rating (1, items), and by how much a user rates above it (n, 1), from what is known."""
    means = ops.transpose(rows(codes, "item_means", items, 1, trainable=False))
    known = rated(codes)
    left = ops.sum(stars(codes, levels) - known * means, axis=1, keepdims=True)
    generous = left / (ops.sum(known, axis=1, keepdims=True) + PRIOR)
    return means, layers.Identity(name="generosity")(generous)


def set_item_means(network: Any, codes: sparse.csr_matrix, levels: Sequence[float]) -> None:
    """Give a network with `generosity` the mean ratings of the items."""
    network.get_layer("item_means").set_weights([item_means(codes, levels)[:, None]])
