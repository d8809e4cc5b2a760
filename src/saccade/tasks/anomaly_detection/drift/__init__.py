"""New rows → Drift: whether they are still like the training rows, and whether the threshold keeps its promise."""

from saccade.drift.drift import Shift
from saccade.tasks.anomaly_detection.drift.anomaly_drift import AlarmRate, AnomalyDrift
from saccade.tasks.anomaly_detection.drift.checking import check
from saccade.tasks.anomaly_detection.drift.comparing import compare

__all__ = ["AlarmRate", "AnomalyDrift", "Shift", "check", "compare"]
