"""What each threshold did in the test, in points that a reader can go through."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.evaluation import AtThreshold, Detection
from saccade.tasks.anomaly_detection.metrics import alarm_share
from saccade.tasks.anomaly_detection.report.material import AnomalyMaterial, Scored

MOST_POINTS = 150


@dataclass(frozen=True)
class Point:
    """What a threshold did in the test.

    Attributes:
        threshold: of the scores; above it are alarms.
        false_alarm_rate: the share of normal rows that are alarms; of all rows, where there are no labels.
        alarms: in a thousand rows, at the prevalence.
        recall: the share of anomalies that are caught; None without labels, as what follows.
        precision: the share of alarms that are right, at the prevalence; None also without alarms.
        frozen: whether this is the threshold that was frozen before the test.
    """

    threshold: float
    false_alarm_rate: MetricValue
    alarms: float
    recall: MetricValue | None = None
    precision: float | None = None
    frozen: bool = False


def points(material: AnomalyMaterial) -> list[Point]:
    """Return the thresholds of a report, the smallest first, the frozen one among them; empty before the test."""
    detection, scored = material.detection, material.scored
    if detection is None or scored is None:
        return []
    found = _with_labels(detection) if detection.curve else _without_labels(scored, material.tested)
    return sorted(found, key=lambda each: each.threshold)


def _with_labels(detection: Detection) -> list[Point]:
    assert detection.curve
    columns = detection.curve.columns
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    found = [_point(row) for row in rows if row["threshold"] is not None]
    return [*found, _frozen(detection.at_threshold)] if detection.at_threshold else found


def _point(row: dict[str, Any]) -> Point:
    recall, rate = (
        MetricValue(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("recall", "false_alarm_rate")
    )
    return Point(row["threshold"], rate, row["alarms"], recall, row["precision"])


def _frozen(found: AtThreshold) -> Point:
    return Point(
        found.threshold,
        found.false_alarm_rate,
        found.alarms.value or 0,
        found.recall,
        found.precision.value,
        frozen=True,
    )


def _without_labels(scored: Scored, frozen: float | None) -> list[Point]:
    falling = -np.sort(-scored.scores)
    ranks = np.unique(np.geomspace(1, len(falling), MOST_POINTS).astype(int)) - 1
    thresholds = {*falling[ranks].tolist(), *([] if frozen is None else [frozen])}
    found = [(each, alarm_share(scored.scores, each)) for each in thresholds]
    return [Point(each, share, 1000 * (share.value or 0), frozen=each == frozen) for each, share in found]
