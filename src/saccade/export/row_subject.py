"""A run of a table as the subject of an export."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade import inference
from saccade.core.errors import ExportError
from saccade.core.model_metadata import TableModelMetadata
from saccade.core.run import Run
from saccade.export.origin import origin
from saccade.export.parity import compare_rows
from saccade.export.subject import Subject
from saccade.inference import RowPredictor
from saccade.modalities.tables.table import Table
from saccade.tasks import base

ROWS = 256
"""So many held-out rows are compared."""

TIMED = 16_384
"""Rows of the batch whose speed is measured: the same ones over and over."""


def subject(run: Run, model: Any, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a run of a table is made of; raw columns go in, contributions come out.

    Raises:
        ExportError: another precision than float32 is asked for.
        RunError: the run has no threshold, so no one could say what an alarm is.
    """
    if precision != "float32":
        raise ExportError(
            f"A network for tables is exported in float32 only, not in {precision}: its answers are what is left "
            f"between a row and its copy, and {precision} rounds more away than that."
        )
    predictor = inference.for_rows(run, inference.Network(model), "keras")
    table = base.reload(run, data=data, quiet=quiet)
    split = next(split for split in ("calibration", "validation", "train") if len(table.rows(split)))
    held_out = _some(table, split)
    return Subject(
        network=model,
        answer=predictor.answer,
        held_out=held_out,
        timed=np.resize(held_out, (TIMED, held_out.shape[1])),
        samples=_some(table, "train"),
        about=partial(_about, run, predictor),
        compare=lambda other, _: compare_rows(
            other, predictor.answer, held_out, threshold=predictor.threshold, split=split
        ),
    )


def _some(table: Table, split: str) -> NDArray[np.float32]:
    rows = np.random.default_rng(0).permutation(table.rows(split))[:ROWS]
    return np.asarray(table.values[np.sort(rows)])


def _about(run: Run, predictor: RowPredictor, precision: str) -> TableModelMetadata:
    return TableModelMetadata(
        **origin(run, precision),
        schema=predictor.schema,
        threshold=predictor.threshold,
        reference_contributions=predictor.reference_contributions,
    )
