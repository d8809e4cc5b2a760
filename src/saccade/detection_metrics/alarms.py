"""What a frozen threshold does: alarms, caught and missed anomalies, with intervals."""

import numpy as np
from numpy.typing import NDArray

from saccade.detection_metrics import _rates
from saccade.detection_metrics._rates import Floats
from saccade.evaluation.detection import AtThreshold
from saccade.metrics._intervals import SEED, wilson
from saccade.score import Score

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
    rows = np.array([anomalous.sum(), (~anomalous).sum()])
    recall, false_alarm_rate = wilson(alarms, rows)
    caught, false_alarms, missed, passed = (*alarms.tolist(), *(rows - alarms).tolist())
    rng = np.random.default_rng(SEED)
    likely = rng.beta(alarms + 0.5, rows - alarms + 0.5, (DRAWS, 2)).T
    precision, f1, per_thousand = (
        _mixed(float(of(*(alarms / rows), share)), of(*likely, share))
        for of in (_rates.precision, _rates.f1, _rates.alarms)
    )
    return AtThreshold(
        threshold=threshold,
        caught=caught,
        missed=missed,
        false_alarms=false_alarms,
        passed=passed,
        recall=recall,
        false_alarm_rate=false_alarm_rate,
        precision=precision,
        f1=f1,
        alarms=per_thousand,
    )


def _mixed(value: float, likely: Floats) -> Score:
    """Return a value with the middle 95% of likely ones; not defined where it is not a number."""
    if np.isnan(value):
        return Score(None)
    low, high = np.quantile(likely, (0.025, 0.975)).tolist()
    return Score(value, min(low, value), max(high, value))


def alarm_share(scores: Floats, threshold: float) -> Score:
    """Return the share of rows that are alarms, scores (n,) above the threshold, with Wilson's interval."""
    (share,) = wilson(np.array([np.sum(scores > threshold)]), np.array([len(scores)]))
    return share
