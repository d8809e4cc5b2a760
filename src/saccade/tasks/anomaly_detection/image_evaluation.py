"""What an evaluation asks of images alone: the same simple detectors as of rows, and what they are called."""

import math

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.inference import Network
from saccade.inference.keras_network import batches
from saccade.tasks.anomaly_detection import identity_probe, measuring
from saccade.tasks.anomaly_detection.anomaly_scores import scores
from saccade.tasks.anomaly_detection.evaluation import Probe
from saccade.tasks.anomaly_detection.measuring import UNTRAINED, Scored
from saccade.tasks.anomaly_detection.network_choice import has_epochs
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

MOST_FEATURES = 4096
"""Numbers an image that a detector is given: 64×64 grey or 36×36 in colour. More take principal components minutes."""

Features = NDArray[np.float32]


def image_names(images: OneClassImages) -> NDArray[np.str_]:
    """Return the name of each image, (n,)."""
    return images.names


def instead(run: Run) -> str:
    """Return what to try where the network of a run is worse than chance."""
    if has_epochs(run.recipe.model.name):
        return (
            "An autoencoder rebuilds smooth anomalies better than a rough normal surface, and then finds the wrong "
            "ones. Compare patches as a pretrained network sees them: saccade train patch-memory --data DATA"
        )
    return (
        "Anomalies look more usual to it than normal images: look at both with saccade inspect, and see whether the "
        "normal class is the right one (--normal)."
    )


def reasons(run: Run, network: object, images: OneClassImages, scores: object) -> dict[int, str]:
    """Return nothing: why an image is anomalous is drawn, not written."""
    return {}


def others(
    run: Run, network: Model, images: OneClassImages, split: str, *, quiet: bool
) -> tuple[dict[str, Scored], tuple[Probe, ...]]:
    """Return what simple detectors and the untrained network say of a split; random pixels are no probes.

    Args:
        run: the trained run.
        network: of it.
        images: with their splits.
        split: the one to judge.
        quiet: no progress bar.
    """
    rows, seed = images.rows(split), run.recipe.seed
    training, asked = (_small(images, each) for each in (images.rows("train"), rows))
    # one scale for all: a pixel of a border that is always black has no deviation to be measured in
    middle, spread = training.mean(axis=0), max(float(training.std(axis=0).mean()), 1e-6)
    found = measuring.simple_detectors((training - middle) / spread, (asked - middle) / spread, seed=seed, quiet=quiet)
    if network.trainable_weights:  # else it has nothing that was trained
        fresh = identity_probe.fresh(network, seed=seed)
        found[UNTRAINED] = Scored(scores(Network(fresh), images.images, rows=rows))
    return found, ()


def _small(images: OneClassImages, rows: NDArray[np.int64]) -> Features:
    """Return pixels (n, w) of some images, averaged over blocks until there are few enough."""
    height, width, channels = images.image_shape
    block = math.ceil(math.sqrt(height * width * channels / MOST_FEATURES))
    block = min(block, height, width)
    made = [_blocks(batch, block) for batch in batches(images.images, rows=rows)]
    return np.concatenate([np.empty((0, (height // block) * (width // block) * channels), np.float32), *made])


def _blocks(images: NDArray[np.uint8], block: int) -> Features:
    """Return the means of blocks of pixels, (n, w); what is left over at the right and below is cut off."""
    count, height, width, channels = images.shape
    rows, columns = height // block, width // block
    cut = images[:, : rows * block, : columns * block].astype(np.float32)
    means = cut.reshape(count, rows, block, columns, block, channels).mean(axis=(2, 4))
    return np.asarray(means.reshape(count, -1))
