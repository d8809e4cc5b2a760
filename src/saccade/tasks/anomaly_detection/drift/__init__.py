"""New rows → Drift: whether they are still like the training rows, and whether the threshold keeps its promise."""

from saccade.tasks.anomaly_detection.drift.checking import check
from saccade.tasks.anomaly_detection.drift.comparing import compare
from saccade.tasks.anomaly_detection.drift.drift import AlarmRate, Drift, Shift

__all__ = ["AlarmRate", "Drift", "Shift", "check", "compare"]
