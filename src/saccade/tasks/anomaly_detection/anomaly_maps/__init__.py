"""Where in an image something does not belong: anomaly maps, on a scale that normal images set."""

from saccade.tasks.anomaly_detection.anomaly_map import AnomalyMap
from saccade.tasks.anomaly_detection.anomaly_maps.drawing import draw, save
from saccade.tasks.anomaly_detection.anomaly_maps.mapping import Locator
from saccade.tasks.anomaly_detection.anomaly_maps.scaling import calibrate

__all__ = ["AnomalyMap", "Locator", "calibrate", "draw", "save"]
