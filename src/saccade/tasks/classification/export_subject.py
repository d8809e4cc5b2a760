"""A classifier as the subject of an export."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade import inference
from saccade.core.run import Run
from saccade.export.speed import BATCH
from saccade.export.subject import Subject
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import keras_answer
from saccade.tasks.classification.probability_parity import criterion
from saccade.tasks.classification.shipped_network import as_shipped

IMAGES = 256
"""So many held-out images are compared; and so many training images tell int8 its ranges."""


def subject(run: Run, model: Any, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a classifier is made of; image bytes go in, calibrated probabilities come out."""
    dataset = base.reload(run, data=data, quiet=quiet)
    split = "validation" if len(dataset.rows("validation")) else "train"
    held_out = _some(dataset, split)
    answer, calibration = keras_answer(run, model), run.load(Calibration)
    return Subject(
        network=as_shipped(model, calibration.temperature if calibration else 1.0),
        outputs=lambda images: {"probabilities": answer(images)},
        criterion=criterion(precision),
        held_out=held_out,
        split=split,
        timed=held_out[: min(BATCH, inference.at_once(held_out))],
        samples=_some(dataset, "train"),
    )


def _some(dataset: ImageDataset, split: str) -> NDArray[np.uint8]:
    rows = np.random.default_rng(0).permutation(dataset.rows(split))[:IMAGES]
    return np.asarray(dataset.images[np.sort(rows)])
