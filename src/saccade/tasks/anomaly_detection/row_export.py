"""An anomaly detector of rows as the subject of an export."""

import numpy as np

from saccade.core.backend import Model, keras
from saccade.core.errors import ExportError
from saccade.core.run import Run
from saccade.export.subject import Subject, held_out_of, some_of
from saccade.inference import Network
from saccade.tasks import base
from saccade.tasks.anomaly_detection.row_predictor import for_rows, row_signature
from saccade.tasks.anomaly_detection.score_parity import criterion

TIMED = 16_384
"""Rows of the batch whose speed is measured: the same ones over and over."""


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a run of a table is made of; raw columns go in, contributions and score come out.

    Raises:
        ExportError: another precision than float32 is asked for.
        RunError: the run has no threshold, so no one could say what an alarm is.
    """
    if precision != "float32":
        raise ExportError(
            f"A network for tables is exported in float32 only, not in {precision}: its answers are what is left "
            f"between a row and its copy, and {precision} rounds more away than that."
        )
    predictor = for_rows(run, Network(model), "keras")
    table = base.reload(run, data=data, quiet=quiet)
    split, held_out = held_out_of(table, ("calibration", "validation", "train"))
    return Subject(
        network=_shipped(model, row_signature(predictor.schema).input.name),
        outputs=predictor.outputs,
        criterion=criterion(predictor.threshold),
        held_out=held_out,
        split=split,
        timed=np.resize(held_out, (TIMED, held_out.shape[1])),
        samples=some_of(table, "train"),
    )


def _shipped(model: Model, name: str) -> Model:
    """Return a Keras model (n, d) → contributions (n, d) and score (n,), in float64 as Saccade itself adds them up."""
    columns = keras.Input(model.input_shape[1:], dtype="float32", name=name)
    contributions = model(columns)
    score = keras.ops.sum(keras.ops.cast(contributions, "float64"), axis=1)
    return keras.Model(columns, [contributions, score], name="shipped")
