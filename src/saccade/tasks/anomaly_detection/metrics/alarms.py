"""What a frozen threshold does: alarms, caught and missed anomalies, with intervals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import SEED, wilson
from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.evaluation import AtThreshold
from saccade.tasks.anomaly_detection.metrics import _rates
from saccade.tasks.anomaly_detection.metrics._rates import Floats

DRAWS = 10_000


def at_threshold(
    labels: NDArray[np.int64], scores: Floats, threshold: float, *, prevalence: float | None = None
) -> AtThreshold:
    """Return what a threshold does to rows; a row is an alarm when its score is above it.

    Recall and the share of false alarms have Wilson's interval. What mixes the two, at a prevalence, has that of
    Jeffreys' posterior of both (Brown, Cai and DasGupta 2001): unlike resampling, it does not call three right alarms
    of three a certainty.

    Args:
        labels: (n,), 1 for an anomaly, 0 for a normal row; at least one of each.
        scores: (n,).
        threshold: of the scores.
        prevalence: the share of anomalies that precision, F1 and alarms speak of; None: that of the labels.
    """
    share = _rates.own_prevalence(labels) if prevalence is None else prevalence
    anomalous, alarm = labels == 1, scores > threshold
    alarms = np.array([np.sum(alarm & anomalous), np.sum(alarm & ~anomalous)])
    others = np.array([np.sum(anomalous), np.sum(~anomalous)]) - alarms
    recall, false_alarm_rate = wilson(alarms, alarms + others)
    found = alarms / (alarms + others)
    likely = np.random.default_rng(SEED).beta(alarms + 0.5, others + 0.5, (DRAWS, 2)).T
    return AtThreshold(
        threshold=threshold,
        caught=int(alarms[0]),
        missed=int(others[0]),
        false_alarms=int(alarms[1]),
        passed=int(others[1]),
        recall=recall,
        false_alarm_rate=false_alarm_rate,
        precision=_mixed(_rates.precision, found, likely, share),
        f1=_mixed(_rates.f1, found, likely, share),
        alarms=_mixed(_rates.alarms, found, likely, share),
    )


def _mixed(
    of: Callable[[Floats, Floats, float], Floats], found: Floats, likely: Floats, prevalence: float
) -> MetricValue:
    """Return a score of the two shares that were found (2,), with the middle 95% of it over likely ones (2, DRAWS)."""
    value = float(of(found[0], found[1], prevalence))
    if np.isnan(value):
        return MetricValue(None)
    low, high = np.quantile(of(likely[0], likely[1], prevalence), (0.025, 0.975)).tolist()
    return MetricValue(value, min(low, value), max(high, value))


def alarm_share(scores: Floats, threshold: float) -> MetricValue:
    """Return the share of rows that are alarms, scores (n,) above the threshold, with Wilson's interval."""
    (share,) = wilson(np.array([np.sum(scores > threshold)]), np.array([len(scores)]))
    return share
