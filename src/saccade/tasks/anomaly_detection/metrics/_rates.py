"""What follows from the shares of anomalies and of normal rows that are alarms, at a prevalence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def precision(recall: Floats, false_alarm_rate: Floats, prevalence: float) -> Floats:
    """Return the share of anomalies among alarms, 0 to 1; NaN where there are no alarms."""
    right, wrong = prevalence * recall, (1 - prevalence) * false_alarm_rate
    with np.errstate(invalid="ignore"):
        return np.asarray(right / (right + wrong))


def f1(recall: Floats, false_alarm_rate: Floats, prevalence: float) -> Floats:
    """Return the harmonic mean of precision and recall; 0 where there are no alarms."""
    right, wrong = prevalence * recall, (1 - prevalence) * false_alarm_rate
    return np.asarray(2 * right / (right + wrong + prevalence))


def alarms(recall: Floats, false_alarm_rate: Floats, prevalence: float) -> Floats:
    """Return how many of a thousand rows are alarms."""
    return np.asarray(1000 * (prevalence * recall + (1 - prevalence) * false_alarm_rate))


def own_prevalence(labels: NDArray[np.int64]) -> float:
    """Return the share of anomalies among labels (n,) of 0 and 1."""
    return float(np.mean(labels))
