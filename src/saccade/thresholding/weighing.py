"""The threshold that costs least, or has the best F-beta, at a prevalence; it takes labelled anomalies."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.threshold import Floats
from saccade.thresholding.measuring import HIGH, LOW, Sample

RESAMPLES = 300

Worth = Callable[[Any, Any], Any]
"""From the share of normal rows and of anomalies that are alarms to a number, larger is better."""


def cost(prevalence: float, *, miss: float, alarm: float) -> Worth:
    """Return minus the expected cost of a row: a miss costs `miss`; looking at an alarm, right or wrong, `alarm`."""

    def worth(false: Any, found: Any) -> Any:
        alarms = prevalence * found + (1 - prevalence) * false
        return -(miss * prevalence * (1 - found) + alarm * alarms)

    return worth


def f_beta(prevalence: float, *, beta: float) -> Worth:
    """Return F-beta: the harmonic mean of precision and recall, in which recall weighs beta² times as much."""

    def worth(false: Any, found: Any) -> Any:
        right, wrong = prevalence * found, (1 - prevalence) * false
        return (1 + beta**2) * right / (right + wrong + beta**2 * prevalence)

    return worth


def best(sample: Sample, worth: Worth) -> tuple[float, float, float]:
    """Return the threshold that is worth most, and its 95% interval by the bootstrap.

    Args:
        sample: with at least one anomaly.
        worth: of the shares of normal rows and of anomalies above a threshold.
    """
    values, places = _values(sample)
    normal, anomalies = (np.searchsorted(places, each) for each in (sample.normal, sample.anomalies))
    chosen = values[_best(normal, anomalies, len(values), worth)]
    rng, resampled = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        drawn = [each[rng.integers(0, len(each), len(each))] for each in (normal, anomalies)]
        resampled.append(values[_best(drawn[0], drawn[1], len(values), worth)])
    low, high = np.quantile(resampled, [LOW, HIGH], method="nearest").tolist()
    return float(chosen), low, high


def _values(sample: Sample) -> tuple[Floats, Floats]:
    """Return thresholds between neighbouring scores, from below all to above all finite ones, and the scores."""
    scores = sample.candidates
    finite = scores[np.isfinite(scores)]
    between = (finite[1:] + finite[:-1]) / 2
    below = np.nextafter(finite[:1], -np.inf)
    return np.concatenate([below, between, finite[-1:]]), scores


def _best(normal: NDArray[np.int64], anomalies: NDArray[np.int64], values: int, worth: Worth) -> int:
    """Return the place of the best threshold, the highest of equal ones.

    Args:
        normal: (n,), how many different scores are smaller than that of each normal row.
        anomalies: (m,), likewise.
        values: how many thresholds there are: one below all scores, one after each.
        worth: as in `best`.
    """
    shares = []
    for places, more in ((normal, 1), (anomalies, 0)):
        counts = np.bincount(places, minlength=values)[: values - 1]
        over = len(places) - np.concatenate([[0], np.cumsum(counts)])
        # one more, as in measuring.expected_share: no number of normal rows proves that there is no false alarm
        shares.append((over + more) / (len(places) + more))
    worths = worth(*shares)
    return int(values - 1 - np.argmax(worths[::-1]))
