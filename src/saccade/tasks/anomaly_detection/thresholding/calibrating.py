"""Run → threshold.json: chosen on the calibration split at the end of a training, and changed later without one."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, RecipeError, RunError
from saccade.core.run import Run
from saccade.inference.keras_network import Network, load_model
from saccade.modalities.tables.periods import rows_per_day
from saccade.modalities.tables.table import ANOMALY, Table
from saccade.tasks.anomaly_detection.network_scores import scores
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import ThresholdCriterion, read
from saccade.tasks.anomaly_detection.thresholding.choosing import choose, default_criterion

REFERENCE_ROWS, REFERENCE_VALUES = 20_000, 4_000_000
"""Training rows kept at most, and values in them: 16 MB, before they are compressed."""


def calibrate(run: Run, table: Table | OneClassImages) -> Threshold | None:
    """Return the threshold of a trained run, and write it into the run with what it was chosen from.

    Some normal training rows of a table are kept too, for `saccade check` to compare new rows with.

    Args:
        run: a trained run.
        table: its data with their splits, rows or images; the test split is not read.

    Returns:
        None when there are no normal calibration rows: then rows have scores, and nobody knows which are high.
    """
    if isinstance(table, Table):
        run.write_reference(values=_reference(table, seed=run.recipe.seed))
    rows = table.rows("calibration")
    if len(table.normal_rows("calibration")) < 2:
        return None
    found, labels = scores(Network(load_model(run)), table.inputs, rows=rows), table.labels[rows]
    run.write_calibration_scores(numbers=table.numbers[rows], scores=found, labels=labels)
    daily = None if table.times is None else rows_per_day(table.times)
    prevalence = float((table.labels == ANOMALY).mean()) or None
    threshold = _chosen(found, labels, read(run.recipe.threshold), daily, prevalence)
    run.write_threshold(threshold)
    return threshold


def change(
    run: Run, asked: ThresholdCriterion, *, rows_per_day: float | None = None, prevalence: float | None = None
) -> Threshold:
    """Return another threshold of a run, chosen from its calibration scores, and write it.

    Args:
        run: a trained run of a table.
        asked: what is wanted.
        rows_per_day: how many rows come a day; left out: as counted when the run was calibrated, or said before.
        prevalence: share of anomalies among the rows to come; left out: likewise.

    Raises:
        DataError: the calibration rows cannot show what is asked.
        RunError: the run kept no calibration scores.
    """
    kept, old = run.calibration_scores, run.threshold
    if not kept:
        raise RunError(
            f"{run.path} has no calibration scores to choose a threshold from. They are kept when a network for "
            "anomalies is trained with a calibration split: saccade train DATA task=anomaly_detection calibration=0.15"
        )
    source = "stated"
    if prevalence is None and old and old.prevalence_of != "calibration split":
        prevalence, source = old.prevalence, old.prevalence_of
    new = choose(
        kept["scores"],
        kept["labels"],
        asked=asked,
        rows_per_day=rows_per_day or (old.rows_per_day if old else None),
        prevalence=prevalence,
        prevalence_of=source,
    )
    run.write_threshold(new)
    return new


def _chosen(
    scores: NDArray[np.float64],
    labels: NDArray[np.int64],
    asked: ThresholdCriterion,
    daily: float | None,
    prevalence: float | None,
) -> Threshold:
    """Return the threshold that the recipe asks for, else one that the rows can promise: no training is lost."""
    known: dict[str, Any] = {"rows_per_day": daily, "prevalence": prevalence, "prevalence_of": "table"}
    try:
        return choose(scores, labels, asked=asked, **known)
    except (DataError, RecipeError) as error:
        found = choose(scores, labels, asked=default_criterion(int(np.sum(labels != ANOMALY))), **known)
        return replace(found, notes=(f"The recipe asked for {asked.words}. {error}", *found.notes))


def _reference(table: Table, *, seed: int) -> NDArray[np.float32]:
    """Return some normal training rows, (n, d) as they are encoded."""
    rows = table.normal_rows("train")
    most = min(REFERENCE_ROWS, REFERENCE_VALUES // table.values.shape[1])
    chosen = np.random.default_rng(seed).permutation(len(rows))[:most]
    return np.asarray(table.values[rows[np.sort(chosen)]])
