"""Where in a picture something does not belong: heat maps, on a scale that normal pictures set."""

from saccade.locating.drawing import draw, save
from saccade.locating.mapping import HeatMap, Locator
from saccade.locating.scaling import calibrate

__all__ = ["HeatMap", "Locator", "calibrate", "draw", "save"]
