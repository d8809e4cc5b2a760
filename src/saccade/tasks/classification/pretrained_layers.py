"""What the layers of a deep belief network learnt before labels came: filters, and images rebuilt from each layer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from saccade.core import pages
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.layerwise_pretraining import LAYER
from saccade.training.stage import StageWeights

Floats = NDArray[np.float32]

FILTERS, IMAGES = 64, 12
"""Units whose weights are drawn, those with the largest; and images that are rebuilt."""

SIDE = 32
"""Pixels a side, at least, of a drawn image: small ones are enlarged by whole factors."""


@dataclass(frozen=True)
class PretrainedLayer:
    """A hidden layer as contrastive divergence left it, before labels changed it.

    Attributes:
        about: "layer 1 of 2, 64 to 256 units, by contrastive divergence".
        kernel: (visible, hidden).
        hidden_bias: (hidden,).
        visible_bias: (visible,).
        history: a row an epoch.
    """

    about: str
    kernel: Floats
    hidden_bias: Floats
    visible_bias: Floats
    history: list[dict[str, float]]


@dataclass(frozen=True)
class Drawn:
    """The pictures of a run's pretrained layers, as addresses of images.

    Attributes:
        layers: from the lowest.
        filters: weights of units of the first layer: light where a pixel excites the unit.
        rebuilt: images in a row, and below them what is left of them when they go up by 1, 2, … layers and down again.
        split: which images.
    """

    layers: list[PretrainedLayer]
    filters: str
    rebuilt: str
    split: str


def read(run: Run) -> list[PretrainedLayer]:
    """Return the pretrained layers of a run, from the lowest; none where it has no such."""
    found = [(stage, stage.load(StageWeights)) for stage in run.stages if LAYER in stage.path.name]
    return [_layer(stage, learnt) for stage, learnt in found if learnt]


def draw(run: Run, dataset: ImageDataset | None) -> Drawn | None:
    """Return pictures of the pretrained layers of a run, None where it has none; without data, of the filters alone."""
    layers = read(run)
    if not layers:
        return None
    height, width, channels = run.data["image_shape"]
    strongest = np.argsort(-np.square(layers[0].kernel).sum(axis=0))[:FILTERS]
    weights = layers[0].kernel[:, strongest].T.reshape(-1, height, width, channels)
    largest = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    filters = _mosaic(0.5 + weights / (2 * np.maximum(largest, 1e-9)), columns=16)
    split, rows = _shown(dataset) if dataset else ("", np.zeros(0, np.int64))
    if dataset is None or not len(rows):
        return Drawn(layers, filters, "", "")
    images = np.asarray(dataset.images[rows], np.float32) / np.float32(255)
    flat: Floats = images.reshape(len(images), -1)
    ways: list[Floats] = [flat, *(rebuild(layers[:depth], flat) for depth in range(1, len(layers) + 1))]
    pictures: Floats = np.concatenate(ways).reshape(-1, height, width, channels)
    return Drawn(layers, filters, _mosaic(pictures, columns=len(rows)), split)


def rebuild(layers: list[PretrainedLayer], visible: Floats) -> Floats:
    """Return images (n, d), 0 to 1, that went up through layers and down again, by means both ways."""
    states = visible
    for layer in layers:
        states = expit(states @ layer.kernel + layer.hidden_bias)
    for layer in reversed(layers):
        states = expit(states @ layer.kernel.T + layer.visible_bias)
    return states


def _layer(stage: Run, learnt: StageWeights) -> PretrainedLayer:
    named: dict[str, Any] = {path.rpartition("/")[2]: values for path, values in learnt.arrays.items()}
    return PretrainedLayer(
        str(stage.manifest["about"]), named["kernel"], named["bias"], named["visible_bias"], stage.history
    )


def _shown(dataset: ImageDataset) -> tuple[str, NDArray[np.int64]]:
    """Return images that training did not learn from, where there are, of one class after the other."""
    split = "validation" if len(dataset.rows("validation")) >= IMAGES else "train"
    rows = dataset.rows(split)
    order = np.argsort(dataset.labels[rows], kind="stable")
    return split, rows[order[np.linspace(0, len(rows) - 1, min(IMAGES, len(rows))).astype(int)]]


def _mosaic(images: Floats, *, columns: int) -> str:
    """Return images (n, h, w, c), 0 to 1, side by side with a border, as an address."""
    count, height, width, channels = images.shape
    factor = max(1, round(SIDE / max(height, width)))
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    rows = -(-count // columns)
    cells = np.ones((rows * columns, height * factor + 2, width * factor + 2, channels), np.float32)
    cells[:count, 1:-1, 1:-1] = images
    grid = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    pixels = grid.reshape(rows * cells.shape[1], columns * cells.shape[2], channels)
    return pages.embedded(np.rint(255 * pixels.clip(0, 1)).astype(np.uint8), largest=max(pixels.shape))
