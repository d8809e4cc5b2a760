"""Images → a few numbers each, by which new ones are compared with those of the training."""

from math import prod

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.run import Run
from saccade.drift.two_sample_tests import LEAST
from saccade.inference import load_model
from saccade.inference.keras_network import batches
from saccade.modalities.tables.schema import Column
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection.anomaly import summed
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.reference_rows import ReferenceRows

COLOURS = ("red", "green", "blue")

MOST_CODES = 32
"""Numbers of the bottleneck that are compared, evenly spread over it: each is a test, and tests cost power."""

MOST_IMAGES = 5000
"""Kept to compare new ones with."""


class ImageFeatures:
    """What is measured of an image: brightness, contrast, sharpness, colours, and the network's code of it.

    Attributes:
        columns: its numbers by name, d of them.
    """

    def __init__(self, network: Model) -> None:
        """Measure by a network.

        Args:
            network: that answers: raw pixels (n, h, w, c) in, a contribution a pixel out.
        """
        bottleneck = autoencoders.code(network)
        self._measured = keras.Model(network.input, [network.output, bottleneck])
        self._codes = _spread(prod(bottleneck.shape[1:]))
        names = ["brightness", "contrast", "sharpness"]
        names += COLOURS if network.input_shape[-1] == len(COLOURS) else ()
        names += [f"code {place + 1}" for place in self._codes]
        self.columns = tuple(Column(name, "number") for name in names)

    def of(
        self, images: Array, *, rows: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return features (n, d) and scores (n,) of images (m, h, w, c), 0 to 255; of some rows, if they are given."""
        found = [self._of(batch.astype(np.float32)) for batch in batches(images, rows=rows)]
        if not found:
            return np.empty((0, len(self.columns)), np.float32), np.empty(0)
        features, scores = zip(*found, strict=True)
        return np.concatenate(features), np.concatenate(scores)

    def _of(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        contributions, codes = map(np.asarray, self._measured.predict_on_batch(pixels))
        grey = pixels.mean(axis=-1)
        steps = [np.abs(np.diff(grey, axis=axis)).mean(axis=(1, 2)) for axis in (1, 2)]
        seen = [grey.mean(axis=(1, 2)), grey.std(axis=(1, 2)), np.mean(steps, axis=0)]
        seen += list(pixels.mean(axis=(1, 2)).T) if pixels.shape[-1] == len(COLOURS) else []
        chosen = codes.reshape(len(codes), -1)[:, self._codes]
        return np.column_stack([*seen, chosen]).astype(np.float32), summed(contributions)


def keep_reference_images(run: Run, images: OneClassImages) -> None:
    """Write what is measured of normal images into the run, for drift to compare new ones with.

    They are of the validation and calibration splits, for the network has seen new images as little as these; of the
    training split where those are too few. The test split is not read.
    """
    held_out = np.sort(np.concatenate([images.normal_rows(split) for split in ("validation", "calibration")]))
    rows = held_out if len(held_out) >= LEAST else images.normal_rows("train")
    rows = np.sort(np.random.default_rng(run.recipe.seed).permutation(rows)[:MOST_IMAGES])
    values, _ = ImageFeatures(load_model(run)).of(images.images, rows=rows)
    run.save(ReferenceRows(values))


def _spread(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_CODES)).astype(np.int64))
