"""Recommenders, a file each: codes of what a user rated in; expected ratings and scores of all items out.

A file has `build(items, levels, *, options) -> keras.Model`, from codes (n, items), 0 where nothing is rated, else
1 + the place of the rating in `levels`, to (n, 2, items): what the user would give each item, in stars, and a score of
each, higher is shown sooner. Its last layers are named "expected" and "scores". It says how it learns,
`training(network, *, levels, steps, seed, options) -> Training`, and may have

- `initialize(network, codes, rows, *, levels, **others)`: sets weights from the rows for training of sparse codes
  (users, items) before the first step;
- `RANKS = True`: it is judged by the order of items, not by the ratings that it expects.

Only Keras' own layers and `keras.ops` are used, so that the file loads and exports anywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.backend import keras
from saccade.models import _building

Rows = NDArray[np.int64]

EXPECTED, SCORES = "expected", "scores"
"""The two outputs, and the layers that give them."""


@dataclass(frozen=True)
class Training:
    """How a recommender learns.

    Attributes:
        loss: takes target codes (n, items), float32, and what the network answers (n, 2, items); gives losses (n,).
        augmentation: layers from codes to codes that act in training only, and hold what is drawn and counted.
        penalty: gives what is added to the loss for codes (n, items), a scalar; None.
    """

    loss: Callable[[Any, Any], Any]
    augmentation: tuple[Any, ...] = ()
    penalty: Callable[[Any], Any] | None = None


def build(name: str, items: int, levels: Sequence[float], options: Mapping[str, Any]) -> Any:
    """Return a fresh network from codes (n, items) to expected ratings and scores (n, 2, items).

    Args:
        name: a file of this folder: "rbm".
        items: that can be rated.
        levels: the ratings that there can be, ascending.
        options: keyword arguments of its `build`.

    Raises:
        UnknownNameError: no such recommender or option; names the nearest.
        RecipeError: an option has a value that cannot work, or it cannot learn from such ratings.
    """
    where = f"{items:,} items rated {levels[0]:g} to {levels[-1]:g}"
    return _building.build("recommenders", name, where, items, tuple(levels), options=options)


def training(
    name: str, network: Any, *, levels: Sequence[float], steps: int, seed: int, options: Mapping[str, Any]
) -> Training:
    """Return how a recommender learns.

    Args:
        name: a file of this folder.
        network: that `build` gave.
        levels: the ratings that there can be.
        steps: batches of the whole training.
        seed: of what is drawn.
        options: as given to `build`.
    """
    file = registry.load("recommenders", name)
    found: Training = file.training(network, levels=tuple(levels), steps=steps, seed=seed, options=options)
    return found


def ranks(name: str) -> bool:
    """Say whether a recommender is judged by the order of items, not by expected ratings."""
    return bool(getattr(registry.load("recommenders", name), "RANKS", False))


def shipped(network: Any) -> Any:
    """Return the network that answers: from codes (n, items) to {"expected": (n, items), "scores": (n, items)}."""
    outputs = {name: network.get_layer(name).output for name in (EXPECTED, SCORES)}
    return keras.Model(network.input, outputs, name=network.name)


def options(name: str) -> dict[str, Any]:
    """Return the options of a recommender and their defaults."""
    return _building.options("recommenders", name)
