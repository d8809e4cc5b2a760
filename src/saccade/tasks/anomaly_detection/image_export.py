"""An anomaly detector of images as the subject of an export."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.core.errors import ExportError, RunError
from saccade.core.run import Run
from saccade.export.speed import BATCH
from saccade.export.subject import Subject
from saccade.inference import at_once
from saccade.tasks import base
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.image_predictor import image_scores, intake_of_run, open_image_predictor
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.score_parity import criterion

IMAGES = 256
"""So many held-out images are compared."""


def subject(run: Run, model: Any, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a run of images is made of; image bytes go in, score and anomaly map come out.

    Raises:
        ExportError: another precision than float32 is asked for.
        RunError: the run has no threshold or no anomaly-map scale, so no one could say what an answer means.
    """
    if precision != "float32":
        raise ExportError(
            f"A network that looks for anomalies is exported in float32 only, not in {precision}: its answers are what "
            f"is left between an image and its copy, and {precision} rounds more away than that."
        )
    predictor, scale = open_image_predictor(run, model=model), run.load(AnomalyMapScale)
    if scale is None:
        raise RunError(
            f"{run.path} has no anomaly-map scale: it had no normal calibration images. Train with --calibration 0.1"
        )
    images = base.reload(run, data=data, quiet=quiet)
    split = next(split for split in ("calibration", "validation", "train") if len(images.rows(split)))
    held_out = _some(images, split)
    return Subject(
        network=shipped(model, intake_of_run(run).tensor.name, scale),
        outputs=predictor.outputs,
        criterion=criterion(predictor.threshold, partial(image_scores, scale)),
        held_out=held_out,
        split=split,
        timed=held_out[: min(BATCH, at_once(held_out))],
        samples=_some(images, "train"),
    )


def shipped(model: Any, name: str, scale: AnomalyMapScale) -> Any:
    """Return a Keras model (n, h, w, c) uint8 → score (n,) float64 and anomaly map (n, h, w) float32."""
    pixels = keras.Input(model.input_shape[1:], dtype="uint8", name=name)
    contributions = model(keras.ops.cast(pixels, "float32"))
    height, width = model.input_shape[1:3]
    score = keras.ops.sum(keras.ops.cast(contributions, "float64"), axis=(1, 2))
    anomaly_map = contributions * (height * width / scale.reference_error)
    return keras.Model(pixels, [score, anomaly_map], name="shipped")


def _some(images: OneClassImages, split: str) -> NDArray[np.uint8]:
    rows = np.random.default_rng(0).permutation(images.rows(split))[:IMAGES]
    return np.asarray(images.images[np.sort(rows)])
