"""Calibration scores → Threshold: where a row becomes an alarm, and what that is expected to do."""

from saccade.thresholding.calibrating import calibrate, change
from saccade.thresholding.choosing import choose, usual

__all__ = ["calibrate", "change", "choose", "usual"]
