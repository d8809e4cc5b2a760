"""Calibration scores → Threshold: where a row becomes an alarm, and what that is expected to do."""

from saccade.tasks.anomaly_detection.thresholding.calibrating import calibrate, change, keep_training_rows
from saccade.tasks.anomaly_detection.thresholding.choosing import choose, default_criterion

__all__ = ["calibrate", "change", "choose", "default_criterion", "keep_training_rows"]
