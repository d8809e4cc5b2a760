"""Where in a picture something does not belong: heat maps, on a scale that normal pictures set."""

from saccade.tasks.anomaly_detection.anomaly_maps.drawing import draw, save
from saccade.tasks.anomaly_detection.anomaly_maps.mapping import HeatMap, Locator
from saccade.tasks.anomaly_detection.anomaly_maps.scaling import calibrate

__all__ = ["HeatMap", "Locator", "calibrate", "draw", "save"]
