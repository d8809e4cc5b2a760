"""Which known images an image is most like to a network, and how near they are: an answer to "why?" by example."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model, keras
from saccade.core.cache import remembered
from saccade.core.progress_bar import progress
from saccade.core.spaced_rows import spaced
from saccade.inspection.channel_groups import has_weights
from saccade.inspection.features import pooled
from saccade.inspection.plan import Plan, plan
from saccade.inspection.summary import Totals, by_key, total

NEIGHBOURS = 3

WORK, MOST_IMAGES, FEWEST_IMAGES = 1e12, 20_000, 500
"""Multiply-adds for the features of all images together, and how many images that are at most and at least."""

MOST_NUMBERS = 40_000_000
"""Of all images' features together: 80 MB."""

BATCH_BYTES, MOST_AT_ONCE = 64 * 2**20, 256
"""Of activations in a batch, and images in it."""

COMPARED = 1000
"""Images whose distance to their own nearest says what is near."""

SAME = 1e-5
"""Distance up to which two images are the same to the network; rounding makes as much."""

VERSION = 1
"""Raised when the same network would give other features, so that those of before are not used."""

Features = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class KnownImages:
    """Images that a network was trained on.

    Attributes:
        images: (n, h, w, c), uint8.
        rows: which of them are looked at: those of the training split, in any order.
        names: (n,).
        label: says in words what the data say of a row.
    """

    images: NDArray[np.uint8]
    rows: Rows
    names: NDArray[np.str_]
    label: Callable[[int], str]


@dataclass(frozen=True)
class Neighbour:
    """A training image that is like the one that is looked at.

    Attributes:
        name: of the image.
        label: what the data say of it.
        distance: of the features, 1 less their cosine: 0 the same to the network, 2 the opposite.
        nearness: how near that is among training images, in words.
        pixels: (h, w, c), uint8.
    """

    name: str
    label: str
    distance: float
    nearness: str
    pixels: NDArray[np.uint8]


class Neighbourhood:
    """Training images by what comes into the last layer of a network: near are those that are alike to it.

    Attributes:
        known: the images.
        layer: the last layer with weights; what comes into it are the features.
    """

    def __init__(self, model: Model, known: KnownImages, *, memory: Path | None = None, quiet: bool = True) -> None:
        """Look at nothing yet: the features of all images are computed when the first neighbours are asked for.

        Args:
            model: a functional or built Sequential model with one input.
            known: the images.
            memory: a file of the cache, whose name stands for network and images, in which the features are kept.
            quiet: no progress bar.
        """
        self.known = known
        self._model, self._memory, self._quiet = model, memory, quiet

    @cached_property
    def _plan(self) -> Plan:
        return plan(self._model)

    @property
    def layer(self) -> str:
        """The last layer with weights."""
        return self._last[0]

    @cached_property
    def _last(self) -> tuple[str, int]:
        """Name of the last layer with weights, and the number of the value that comes into it."""
        last = [step for step in self._plan.steps if has_weights(step.layer)][-1]
        return last.name, last.inputs[0]

    @cached_property
    def rows(self) -> Rows:
        """The rows that are looked at: evenly spread, fewer for networks that work more or have more features."""
        most = int(np.clip(WORK / self._sums.work, FEWEST_IMAGES, min(MOST_IMAGES, MOST_NUMBERS // self._width)))
        return spaced(np.sort(self.known.rows), most)

    @cached_property
    def _sums(self) -> Totals:
        return total(list(by_key(self._model).values()))

    @cached_property
    def _width(self) -> int:
        return int(self._of(self.known.images[self.known.rows[:1]]).shape[1])

    def nearest(self, image: NDArray[np.float32], *, name: str = "") -> tuple[Neighbour, ...]:
        """Return the images that are most like one, the nearest first.

        Args:
            image: (1, h, w, c), as the network takes it.
            name: of the image, which is not its own neighbour.
        """
        distances = _distances(normed(self._of(image)), self._features)[0]
        others = np.flatnonzero(self.known.names[self.rows] != name)
        found = others[np.argsort(distances[others], kind="stable")[:NEIGHBOURS]]
        return tuple(self._neighbour(int(self.rows[at]), float(distances[at])) for at in found)

    def _neighbour(self, row: int, distance: float) -> Neighbour:
        pixels = np.asarray(self.known.images[row])
        words = nearness(distance, self._usual)
        return Neighbour(str(self.known.names[row]), self.known.label(row), distance, words, pixels)

    @cached_property
    def _features(self) -> Features:
        """(m, d), each of length 1, of `rows`."""
        if self._memory is None:
            return self._computed()
        # of length 1 before they are rounded: then none is too large
        return normed(remembered(self._memory, lambda: {"features": self._computed().astype(np.float16)})["features"])

    def _computed(self) -> Features:
        size = int(np.clip(BATCH_BYTES // self._sums.activation_bytes, 1, MOST_AT_ONCE))
        found = []
        with progress("Looking at the training images", len(self.rows), quiet=self._quiet) as advance:
            for start in range(0, len(self.rows), size):
                found.append(self._of(self.known.images[self.rows[start : start + size]]))
                advance(len(found[-1]))
        return normed(np.concatenate(found))

    def _of(self, images: NDArray[np.generic]) -> Features:
        values = self._plan.start(images)
        for step in self._plan.steps:
            values.update(zip(step.outputs, step.run(values), strict=True))
            if self._last[1] in values:
                break
        return np.asarray(pooled(keras.ops.convert_to_numpy(values[self._last[1]])), np.float32)

    @cached_property
    def _usual(self) -> Features:
        """(k,), how far training images are from the nearest other one, rising."""
        chosen = np.linspace(0, len(self.rows) - 1, min(COMPARED, len(self.rows))).astype(np.int64)
        between = _distances(self._features[chosen], self._features)
        between[np.arange(len(chosen)), chosen] = np.inf
        return np.sort(between.min(axis=1))


def nearness(distance: float, usual: Features) -> str:
    """Return how near a training image is, in words a person understands.

    Args:
        distance: to it.
        usual: (k,), how far training images are from the nearest other one, rising.
    """
    if distance <= SAME:
        return "the same to the network"
    farther = 1 - float(np.searchsorted(usual, distance, side="left")) / len(usual)
    if farther >= 0.5:
        word = "very near" if farther >= 0.9 else "near"
        return f"{word}: {farther:.0%} of the training images have no other so near"
    word = "far" if farther <= 0.05 else "not near"
    return f"{word}: {1 - farther:.0%} of the training images have another that is nearer"


def nearest(vectors: NDArray[np.floating], rows: Rows, *, among: Rows) -> Rows:
    """Return (n, 3): for each row the rows `among` whose features have the largest cosine with its own."""
    distances = _distances(normed(vectors[rows]), normed(vectors[among]))
    return np.asarray(among[np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]])


def normed(vectors: NDArray[np.floating]) -> Features:
    """Return vectors (n, d) with length 1 each."""
    single = np.asarray(vectors, np.float32)
    return np.asarray(single / np.maximum(np.linalg.norm(single, axis=1, keepdims=True), 1e-6))


def _distances(features: Features, others: Features) -> Features:
    """Return (n, m), 1 less the cosine, at least 0."""
    return np.asarray(np.maximum(1 - features @ others.T, 0), np.float32)
