"""Rows of files and of programs, read and answered in a stream."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.modalities.tables.memory import open_rows
from saccade.modalities.tables.streaming import batches, encoded_batches
from saccade.tasks.anomaly_detection.anomaly import Anomaly
from saccade.tasks.anomaly_detection.row_predictor import REASONS, RowPredictor, Scored

KEPT_SKIPPED = 1000
"""Rows that could not be read are named up to so many."""


@dataclass(frozen=True)
class Scores:
    """The scores of a file's rows, in order.

    Attributes:
        numbers: (n,), int64: the rows in the file, from 1.
        scores: (n,), float64, larger is stranger.
        p_values: (n,), float64, conformal.
        alarms: (n,), bool: which scores are above the threshold.
        skipped_items: rows that could not be read, the first thousand.
        skipped_count: how many could not be read.
    """

    numbers: NDArray[np.int64]
    scores: NDArray[np.float64]
    p_values: NDArray[np.float64]
    alarms: NDArray[np.bool_]
    skipped_items: tuple[SkippedItem, ...]
    skipped_count: int


def scored_file(predictor: RowPredictor, source: str | Path) -> Iterator[Scored]:
    """Yield a file's rows with their scores, some ten thousand at a time; memory does not grow with the file.

    Args:
        predictor: from `open_run` or `open_file`.
        source: a .csv, .csv.gz, .parquet or .npz file.

    Raises:
        DataError: it cannot be read, columns are missing or hold something else; says the difference.
    """
    return map(predictor.scored, encoded_batches(source, predictor.schema))


def score_file(predictor: RowPredictor, source: str | Path) -> Scores:
    """Return the scores of a file's rows as arrays, about 30 bytes a row; raises as `scored_file`."""
    answers = list[tuple[Array, ...]]()
    skipped_items, skipped = list[SkippedItem](), 0
    for scored in scored_file(predictor, source):
        answers.append((scored.batch.numbers, scored.scores, scored.p_values, scored.alarms))
        skipped_items += scored.batch.skipped_items[: KEPT_SKIPPED - len(skipped_items)]
        skipped += scored.batch.skipped_count
    numbers, scores, p_values, alarms = map(np.concatenate, zip(*answers, strict=True))
    return Scores(numbers, scores, p_values, alarms, tuple(skipped_items), skipped)


def predict_rows(predictor: RowPredictor, rows: Any, *, reasons: int = REASONS) -> list[Anomaly]:
    """Return how strange each row is and why, in order.

    Args:
        predictor: from `open_run` or `open_file`.
        rows: a file, whose rows that cannot be read are left out; or what `open_rows` takes: columns by name, a frame
            of pandas or polars, a list of mappings, or an array of numbers (n, d).
        reasons: so many columns are named for each.

    Raises:
        DataError: columns are missing or hold something else, or a row that is no file's cannot be read.
    """
    answers = scored_file(predictor, rows) if isinstance(rows, str | Path) else map(_whole, _scored(predictor, rows))
    return [anomaly for scored in answers for anomaly in predictor.explained(scored, reasons=reasons)]


def answer_batch(predictor: RowPredictor, columns: Mapping[str, Sequence[Any]], *, column: str = "") -> Iterator[Json]:
    """Yield what JSON says of each row of a table, in order; {"skipped": why} of one that cannot be read.

    Args:
        predictor: of an exported file.
        columns: by name; others than the network's are not looked at.
        column: not for rows.

    Raises:
        DataError: columns are missing or hold something else, or a `column` is named.
    """
    if column:
        raise DataError(f"{predictor.name} takes whole rows: leave column={column!r} out.")
    known = {name: cells for name, cells in columns.items() if name in predictor.schema.names}
    if not any(len(cells) for cells in columns.values()):
        return
    rows = len(next(iter(columns.values())))
    said = [Json(skipped="it cannot be read.") for _ in range(rows)]
    for scored in _scored(predictor, known):
        for each in scored.batch.skipped_items:
            said[int(each.name.rpartition(" ")[2].replace(",", "")) - 1] = {"skipped": each.reason}
        for anomaly in predictor.explained(scored):
            answer = anomaly.to_dict()
            said[answer.pop("row") - 1] = answer  # a batch knows no numbers of the whole table
    yield from said


def _scored(predictor: RowPredictor, rows: Any) -> Iterator[Scored]:
    opened = open_rows(rows, predictor.schema)
    return map(predictor.scored, batches(opened, predictor.schema, "the rows"))


def _whole(scored: Scored) -> Scored:
    """Refuse rows of a program of which some cannot be read: it expects an answer to each."""
    for row in scored.batch.skipped_items:
        raise DataError(f"{row.name[0].upper()}{row.name[1:]} cannot be used: {row.reason}")
    return scored
