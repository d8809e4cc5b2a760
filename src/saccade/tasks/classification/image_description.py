"""What a classifier makes of an image on the way to its answer: numbers by which images are compared."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.tasks.classification.novelty import KnownFeatures

LOOKS = 8
"""Layers with maps that are looked at, evenly spread from the pixels to the last. The features before the last layer
alone do not tell noise from images: a network that was taught to tell classes apart forgets what all of them share.
Measured on TrashNet, a linear layer on a pretrained backbone: AUROC against six kinds of other images .82 to .98 with
the features alone, .90 to 1 with four layers, .997 to 1 with eight."""

MOST = 16384
"""Numbers an image: with more, they are pixels rather than features, and distances among them mean nothing."""


def blocks(network: Model) -> list[Any]:
    """Return outputs (n, d) of a network: the features before its last layer; mean and deviation of some of its maps.

    Each where there is such; none where there are too many numbers.
    """
    found = [*_features(network), *map(_statistics, _spread(_maps(network)))]
    return found if sum(each.shape[-1] for each in found) <= MOST else []


def _features(network: Model) -> list[Any]:
    weighted = [layer for layer in network.layers if layer.weights]
    last = weighted[-1].input if weighted else None
    return [last] if len(getattr(last, "shape", ())) == 2 and last is not network.input else []


def _maps(network: Model) -> list[Any]:
    """Return what goes into the layers with weights, (n, h, w, c) each once: pixels, and maps as they are passed on."""
    return list({id(each): each for each in _inputs(network) if len(getattr(each, "shape", ())) == 4}.values())


def _inputs(network: Model) -> Iterator[Any]:
    for layer in network.layers:
        if layer.weights:
            yield layer.input
    yield from [layer.output for layer in network.layers if len(getattr(layer.output, "shape", ())) == 4][-1:]


def _spread(maps: list[Any]) -> list[Any]:
    places = np.unique(np.linspace(0, len(maps) - 1, min(LOOKS, len(maps))).round().astype(int)) if maps else []
    return [maps[place] for place in places]


def _statistics(maps: Any) -> Any:
    ops = keras.ops
    maps = ops.cast(maps, "float32")
    # by `std`, not by differences of our own: TensorFlow's optimiser never comes to an end with those
    return ops.concatenate([ops.mean(maps, axis=(1, 2)), ops.std(maps, axis=(1, 2))], axis=-1)


def with_description(network: Model) -> Model:
    """Return a Keras model from the same pixels to answers (n, k) and their description (n, d)."""
    found = [keras.ops.cast(each, "float32") for each in blocks(network)]
    together = keras.ops.concatenate(found, axis=-1) if len(found) > 1 else found[0]
    return keras.Model(network.input, [network.output, together])


def distance(found: Any, known: KnownFeatures) -> Any:
    """Return the output (n,) of squared distances of descriptions (n, d), as `KnownFeatures.distances` has them."""
    ops, width = keras.ops, known.kernel.shape[1]
    described = ops.matmul(found - known.centre, known.kernel)
    products = ops.matmul(described, _scaled(known.references, -2 / width))
    nearest = ops.min(products + np.square(known.references).mean(axis=1), axis=1)
    return ops.relu(nearest + ops.mean(ops.square(described), axis=1))


def _scaled(references: Array, factor: float) -> Array:
    return (references.T * factor).astype(np.float32)
