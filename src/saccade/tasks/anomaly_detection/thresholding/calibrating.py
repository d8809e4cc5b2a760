"""Run → threshold.json: chosen on the calibration split at the end of a training, and changed later without one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, RecipeError, RunError
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.inference.keras_network import Network, load_model
from saccade.modalities.tables.periods import rows_per_day
from saccade.modalities.tables.table import ANOMALY, Table
from saccade.tasks import base
from saccade.tasks.anomaly_detection.anomaly_scores import scores
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores, ReferenceRows
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import ThresholdCriterion, parse, read
from saccade.tasks.anomaly_detection.thresholding.choosing import choose, default_criterion

REFERENCE_ROWS, REFERENCE_VALUES = 20_000, 4_000_000
"""Training rows kept at most, and values in them: 16 MB, before they are compressed."""


def calibrate(run: Run, table: Table | OneClassImages) -> Threshold | None:
    """Return the threshold of a trained run, and write it into the run with what it was chosen from.

    Args:
        run: a trained run.
        table: its data with their splits, rows or images; the test split is not read.

    Returns:
        None when there are no normal calibration rows: then rows have scores, and nobody knows which are high.
    """
    rows = table.rows("calibration")
    if len(table.normal_rows("calibration")) < 2:
        return None
    found, labels = scores(Network(load_model(run)), table.inputs, rows=rows), table.labels[rows]
    run.save(CalibrationScores(table.numbers[rows], found, labels))
    daily = None if table.times is None else rows_per_day(table.times)
    prevalence = float((table.labels == ANOMALY).mean()) or None
    threshold = _chosen(found, labels, read(run.recipe.threshold), daily, prevalence, noun=table.noun)
    run.save(threshold)
    return threshold


def choose_anew(
    run: Run, wanted: Mapping[str, str], *, rows_per_day: float | None = None, prevalence: float | None = None
) -> tuple[Threshold, Threshold | None]:
    """Return the threshold of a run, chosen anew where something is wanted, and the one before where it was changed.

    Args:
        run: a trained run.
        wanted: by method, what is asked: {"alarms": "20/day"}; empty: what was asked before.
        rows_per_day: as in `change`.
        prevalence: as in `change`.

    Raises:
        RecipeError: it is asked for in two ways.
        RunError: the run has no threshold, and none is asked for.
    """
    said = [parse(method, words) for method, words in wanted.items()]
    if len(said) > 1:
        names = " and ".join(f"{each.method} {each.said}" for each in said)
        raise RecipeError(f"A threshold is chosen in one way, not by {names}.")
    old = run.load(Threshold)
    if not said and old and (prevalence is not None or rows_per_day is not None):
        said = [old.asked]
    if said:
        return change(run, said[0], rows_per_day=rows_per_day, prevalence=prevalence), old
    if not old:
        raise RunError(
            f"{run.path} has no threshold. Choose one: saccade threshold {shell_word(run.path)} --max-alarms 5/1000"
        )
    return old, None


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
    kept, old = run.load(CalibrationScores), run.load(Threshold)
    if not kept:
        raise RunError(
            f"{run.path} has no calibration scores to choose a threshold from. They are kept when a network for "
            "anomalies is trained with a calibration split: saccade train DATA task=anomaly_detection calibration=0.15"
        )
    source = "stated"
    if prevalence is None and old and old.prevalence_of != "calibration split":
        prevalence, source = old.prevalence, old.prevalence_of
    new = choose(
        kept.scores,
        kept.labels,
        asked=asked,
        rows_per_day=rows_per_day or (old.rows_per_day if old else None),
        prevalence=prevalence,
        prevalence_of=source,
        noun=base.for_run(run).noun,
    )
    run.save(new)
    return new


def _chosen(
    scores: NDArray[np.float64],
    labels: NDArray[np.int64],
    asked: ThresholdCriterion,
    daily: float | None,
    prevalence: float | None,
    *,
    noun: str,
) -> Threshold:
    """Return the threshold that the recipe asks for, else one that the rows can promise: no training is lost."""
    known: dict[str, Any] = {"rows_per_day": daily, "prevalence": prevalence, "prevalence_of": "table", "noun": noun}
    try:
        return choose(scores, labels, asked=asked, **known)
    except (DataError, RecipeError) as error:
        found = choose(scores, labels, asked=default_criterion(int(np.sum(labels != ANOMALY))), **known)
        return replace(found, notes=(f"The recipe asked for {asked.words_for(noun)}. {error}", *found.notes))


def keep_training_rows(run: Run, table: Table) -> None:
    """Write some normal training rows, as they are encoded, into the run: drift compares new rows with them."""
    rows = table.normal_rows("train")
    most = min(REFERENCE_ROWS, REFERENCE_VALUES // table.values.shape[1])
    chosen = np.random.default_rng(run.recipe.seed).permutation(len(rows))[:most]
    run.save(ReferenceRows(np.asarray(table.values[rows[np.sort(chosen)]])))
