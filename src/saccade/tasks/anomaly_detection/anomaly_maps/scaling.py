"""Run → anomaly_map_scale.json: how large errors of single pixels get in normal, unseen images."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.run import Run
from saccade.inference import Network, load_model
from saccade.inference.keras_network import batches
from saccade.tasks.anomaly_detection.anomaly_map import errors
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

SHARE = 0.95
"""Of normal images, that are to have no hot pixel at all. More could hardly be told from some dozens of them."""

MOST_IMAGES = 2000
"""Looked at: enough to place a quantile of 95% within half a percent."""


def calibrate(run: Run, images: OneClassImages) -> AnomalyMapScale | None:
    """Return the anomaly-map scale of a trained run, and write it into the run.

    Args:
        run: a trained run.
        images: its data with their splits; only normal ones of the calibration split are read.

    Returns:
        None when there are none: then nobody knows what is hot.
    """
    rows = images.normal_rows("calibration")
    if not len(rows):
        return None
    rows = np.sort(np.random.default_rng(run.recipe.seed).permutation(rows)[:MOST_IMAGES])
    answer = Network(load_model(run))
    peak = np.concatenate([peaks(answer(batch)) for batch in batches(images.images, rows=rows)])
    scale = AnomalyMapScale(float(np.quantile(peak, SHARE, method="higher")), SHARE, len(rows))
    run.save(scale)
    return scale


def peaks(contributions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest error of a pixel in each image, (n,)."""
    return np.asarray(errors(contributions).max(axis=(1, 2)))
