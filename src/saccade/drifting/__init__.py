"""New rows → Drift: whether they are still like the training rows, and whether the threshold keeps its promise."""

from saccade.drifting.checking import check
from saccade.drifting.comparing import compare
from saccade.drifting.drift import AlarmRate, Drift, Shift

__all__ = ["AlarmRate", "Drift", "Shift", "check", "compare"]
