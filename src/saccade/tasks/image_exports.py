"""A run of images as the subject of an export: image bytes in, what its network answers out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade import inference
from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.export.parity import Criterion
from saccade.export.speed import BATCH
from saccade.export.subject import Subject
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import base

IMAGES = 256
"""So many held-out images are compared; and so many training images tell int8 its ranges."""


def image_subject(run: Run, model: Any, *, output: str, criterion: Criterion, data: str | None, quiet: bool) -> Subject:
    """Return what an export is made of; image bytes go in.

    Args:
        run: a trained run.
        model: its network, with one output.
        output: the name of that in the signature.
        criterion: when a file answers like the run.
        data: where the data lie now, when they have moved.
        quiet: no progress bars.
    """
    dataset = base.reload(run, data=data, quiet=quiet)
    split = "validation" if len(dataset.rows("validation")) else "train"
    held_out, answer = _some(dataset, split), inference.Network(model)
    return Subject(
        network=taking_bytes(model),
        outputs=lambda images: {output: answer(images)},
        criterion=criterion,
        held_out=held_out,
        split=split,
        timed=held_out[: min(BATCH, inference.at_once(held_out))],
        samples=_some(dataset, "train"),
    )


def taking_bytes(model: Any) -> Any:
    """Return a Keras model around one that takes raw pixels as float32: it takes them as uint8, (n, h, w, c)."""
    pixels = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
    return keras.Model(pixels, model(keras.ops.cast(pixels, "float32")), name="shipped")


def _some(dataset: ImageDataset, split: str) -> NDArray[np.uint8]:
    rows = np.random.default_rng(0).permutation(dataset.rows(split))[:IMAGES]
    return np.asarray(dataset.images[np.sort(rows)])
