"""A run of images as the subject of an export."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade import inference
from saccade.core.model_metadata import ModelMetadata
from saccade.core.run import Run
from saccade.export.network import as_shipped
from saccade.export.origin import origin
from saccade.export.parity import compare
from saccade.export.speed import BATCH
from saccade.export.subject import Subject
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration

IMAGES = 256
"""So many held-out images are compared; and so many training images tell int8 its ranges."""


def subject(run: Run, model: Any, *, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a run of images is made of; image bytes go in, calibrated probabilities come out."""
    dataset = base.reload(run, data=data, quiet=quiet)
    split = "validation" if len(dataset.rows("validation")) else "train"
    held_out = _some(dataset, split)
    calibration = run.load(Calibration)
    temperature = calibration.temperature if calibration else 1.0
    answer = inference.Network(model, temperature=temperature)
    return Subject(
        network=as_shipped(model, temperature),
        answer=answer,
        held_out=held_out,
        timed=held_out[: min(BATCH, inference.at_once(held_out))],
        samples=_some(dataset, "train"),
        about=partial(_about, run, model),
        compare=lambda other, precision: compare(other, answer, held_out, split=split, precision=precision),
    )


def _some(dataset: ImageDataset, split: str) -> NDArray[np.uint8]:
    rows = np.random.default_rng(0).permutation(dataset.rows(split))[:IMAGES]
    return np.asarray(dataset.images[np.sort(rows)])


def _about(run: Run, model: Any, precision: str) -> ModelMetadata:
    return ModelMetadata(
        **origin(run, precision),
        classes=tuple(run.data["classes"]),
        image_shape=model.input_shape[1:],
        fit=run.recipe.fit,
        calibration=run.load(Calibration),
    )
