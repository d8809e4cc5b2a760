"""Run + new file → Drift: read in a stream, scored, and compared with what the run keeps of its training rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RecipeError, RunError
from saccade.core.run import Run
from saccade.inference.keras_network import Network, in_turn, load_model
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.streaming import Batch, encoded_batches
from saccade.modalities.tables.table import ANOMALY, NORMAL
from saccade.modalities.tables.time_column import between, reading
from saccade.modalities.tables.unseen import Unseen, joined
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.drift.anomaly_drift import AlarmRate, AnomalyDrift
from saccade.tasks.anomaly_detection.drift.comparing import alarm_rate, compare
from saccade.tasks.anomaly_detection.drift.unseen_values import news
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores, ReferenceRows
from saccade.tasks.anomaly_detection.threshold import Threshold

SAMPLE = 20_000
"""New rows compared at most: at so many a side, a distance of .02 is certain, and .1 is what matters."""


def check(run: Run, source: str | Path | Sequence[str | Path]) -> AnomalyDrift:
    """Return how the rows of a file differ from those that a run was trained on.

    Args:
        run: a trained run of a table.
        source: a .csv, .csv.gz, .parquet or .npz file of any size.

    Raises:
        DataError: the file cannot be read or lacks columns; says the difference.
        RecipeError: there are several files.
        RunError: the run keeps no training rows to compare with.
    """
    if not isinstance(source, str | Path):
        raise RecipeError(f"{run.path} compares the rows of one file at a time; found {len(source)}: name one.")
    kept, calibration, threshold = run.load(ReferenceRows), run.load(CalibrationScores), run.load(Threshold)
    if not kept:
        raise RunError(
            f"{run.path} keeps no training rows to compare {source} with: it was trained on images, or stopped."
        )
    schema, network = Schema.from_dict(run.data["schema"]), load_model(run)
    seen = _Seen(threshold, np.random.default_rng(run.recipe.seed))
    for batch in encoded_batches(source, schema):
        seen.add(batch, scores_of(in_turn(Network(network), batch.values, len(schema.columns))))
    reference = calibration.scores[calibration.labels != ANOMALY] if calibration else np.empty(0)
    return compare(
        kept.values,
        seen.values,
        schema.columns,
        unseen={name: each.most_frequent for name, each in seen.unseen.items()},
        source=str(source),
        rows=seen.rows,
        scores=(reference, seen.scores),
        alarms=seen.alarm_rate(),
        news=tuple(news(seen.unseen, schema, seen.rows)),
        notes=tuple(dict.fromkeys([*seen.notes, *_times(seen, schema)])),
        seed=run.recipe.seed,
    )


def _times(seen: "_Seen", schema: Schema) -> Iterator[str]:
    """Say of when the new rows are, in the reading of the training: another unit shows at once."""
    if np.isfinite(seen.first):
        ends = between(seen.first, seen.last, schema.time_format)
        yield f"Time of the new rows: '{schema.time}'{reading(schema.time_format)}, {ends}."
    if seen.timeless:
        yield f"The time '{schema.time}' of {seen.timeless:,} rows cannot be read as in training; no score needs it."


@dataclass
class _Seen:
    """What is kept of the rows read so far: counts of all, and a random sample of those not labelled anomalies."""

    threshold: Threshold | None
    rng: np.random.Generator
    rows: int = 0
    alarms: int = 0
    normal: int = 0
    false_alarms: int = 0
    skipped_count: int = 0
    values: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    scores: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    keys: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    said: list[str] = field(default_factory=list)
    unseen: dict[str, Unseen] = field(default_factory=dict)
    first: float = np.inf
    last: float = -np.inf
    timeless: int = 0

    def add(self, batch: Batch, scores: NDArray[np.float64]) -> None:
        """Count a batch and draw from it: the rows with the smallest random keys of all are the sample."""
        labels = np.full(len(scores), -1) if batch.labels is None else batch.labels
        alarms = self.threshold.is_alarm(scores) if self.threshold else np.zeros(len(scores), np.bool_)
        self.rows += len(scores)
        self.alarms += int(alarms.sum())
        self.normal += int((labels == NORMAL).sum())
        self.false_alarms += int(alarms[labels == NORMAL].sum())
        self.skipped_count += batch.skipped_count
        self.said += batch.notes
        self.unseen = joined(self.unseen, batch.unseen)
        if batch.times is not None:
            times = batch.times[~np.isnan(batch.times)]
            self.timeless += len(batch.times) - len(times)
            self.first, self.last = times.min(initial=self.first), times.max(initial=self.last)
        fit = labels != ANOMALY
        keys = np.concatenate([self.keys, self.rng.random(int(fit.sum()))])
        drawn = np.argsort(keys)[:SAMPLE]
        known = self.values.reshape(-1, batch.values.shape[1])
        self.values, self.keys = np.concatenate([known, batch.values[fit]])[drawn], keys[drawn]
        self.scores = np.concatenate([self.scores, scores[fit]])[drawn]

    def alarm_rate(self) -> AlarmRate | None:
        """Return the share of alarms among rows labelled normal if there are any, else among all."""
        if not self.threshold or not self.rows:
            return None
        alarms, rows = (self.false_alarms, self.normal) if self.normal else (self.alarms, self.rows)
        return alarm_rate(self.threshold, alarms=alarms, rows=rows, labelled=bool(self.normal))

    @property
    def notes(self) -> list[str]:
        """What to know of the file."""
        skipped = [f"{self.skipped_count:,} rows could not be read and were left out."] if self.skipped_count else []
        return [*self.said, *skipped]
