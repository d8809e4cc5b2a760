"""A run of images as the subject of an export: image bytes in, what its network answers out."""

from collections.abc import Callable, Sequence
from typing import Any

from saccade import inference
from saccade.core.backend import Model, keras
from saccade.core.run import Run
from saccade.core.signature import Outputs
from saccade.export.parity import Criterion
from saccade.export.speed import BATCH
from saccade.export.subject import Subject, held_out_of, some_of
from saccade.tasks import base


def image_subject(
    run: Run,
    *,
    network: Model,
    outputs: Outputs,
    criterion: Criterion,
    data: str | None,
    quiet: bool,
    splits: Sequence[str] = ("validation", "train"),
    left_out: Sequence[str] = (),
) -> Subject:
    """Return what an export is made of.

    Args:
        run: a trained run.
        network: as it is shipped, from `taking_bytes`.
        outputs: the run, asked with Keras: outputs by name.
        criterion: when a file answers like the run.
        data: where the data lie now, when they have moved.
        quiet: no progress bars.
        splits: where the images that are compared come from: the first that has some.
        left_out: outputs of the signature that the network, as it is shipped in this precision, has not.
    """
    dataset = base.reload(run, data=data, quiet=quiet)
    split, held_out = held_out_of(dataset, splits)
    return Subject(
        network=network,
        outputs=outputs,
        criterion=criterion,
        held_out=held_out,
        split=split,
        timed=held_out[: min(BATCH, inference.at_once(held_out))],
        samples=some_of(dataset, "train"),
        left_out=tuple(left_out),
    )


def taking_bytes(model: Model, *, then: Callable[[Any], Any] = lambda answers: answers) -> Model:
    """Return a Keras model around one that takes raw pixels as float32: it takes them as uint8, (n, h, w, c).

    Args:
        model: gives answers (n, ...).
        then: makes the outputs of these.
    """
    pixels = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
    return keras.Model(pixels, then(model(keras.ops.cast(pixels, "float32"))), name="shipped")
