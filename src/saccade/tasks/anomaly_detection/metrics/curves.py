"""What every threshold would do: the points of the ROC curve, the precision-recall curve and those against it."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import Curve, MetricValue
from saccade.tasks.anomaly_detection.metrics import _rates
from saccade.tasks.anomaly_detection.metrics._rates import Floats

POINTS = 200
"""At most: a drawing shows no more."""


def curve(labels: NDArray[np.int64], scores: Floats, *, prevalence: float | None = None) -> Curve:
    """Return columns threshold, recall, false_alarm_rate, precision, f1 and alarms (per thousand rows).

    A row of the columns is one threshold, from the largest score, where nothing is an alarm and precision is not
    defined, down to None, where everything is. Recall and false_alarm_rate also have columns _low and _high. Every
    point is a threshold's own; they are thinned, never interpolated: between two of them precision does not lie on a
    straight line, so draw it in steps.

    Args:
        labels: (n,), 1 for an anomaly, 0 for a normal row; at least one of each.
        scores: (n,).
        prevalence: the share of anomalies that precision, F1 and alarms speak of; None: that of the labels.
    """
    share = _rates.own_prevalence(labels) if prevalence is None else prevalence
    thresholds, caught, false_alarms = _counts(labels, scores)
    chosen = _thinned(caught, false_alarms)
    recalls = wilson(caught[chosen], np.full(len(chosen), caught[-1]))
    false_alarm_rates = wilson(false_alarms[chosen], np.full(len(chosen), false_alarms[-1]))
    rates = caught[chosen] / caught[-1], false_alarms[chosen] / false_alarms[-1]
    return Curve(
        {
            "threshold": (*thresholds[chosen[:-1]].tolist(), None),
            **_columns("recall", recalls),
            **_columns("false_alarm_rate", false_alarm_rates),
            "precision": (None, *_rates.precision(*rates, share)[1:].tolist()),
            "f1": tuple(_rates.f1(*rates, share).tolist()),
            "alarms": tuple(_rates.alarms(*rates, share).tolist()),
        }
    )


def _counts(
    labels: NDArray[np.int64], scores: Floats
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return different scores (k,), the largest first, and anomalies and normal rows (k + 1,) above each, then all."""
    order = np.argsort(-scores, kind="stable")
    falling, anomalous = np.asarray(scores[order], np.float64), labels[order] == 1
    first = np.flatnonzero(np.append(True, falling[1:] != falling[:-1]))  # of each different score
    above = np.append(first, len(falling))
    caught = np.concatenate([[0], np.cumsum(anomalous)])[above]
    return falling[first], caught, above - caught


def _thinned(caught: NDArray[np.int64], false_alarms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which points to keep: even steps of recall, and of false alarms both evenly and by their size."""
    if len(caught) <= POINTS:
        return np.arange(len(caught))
    some = POINTS // 4
    even = np.linspace(0, 1, some)
    wanted = [
        np.searchsorted(caught, even * caught[-1]),
        np.searchsorted(false_alarms, even * false_alarms[-1]),
        np.searchsorted(false_alarms, np.geomspace(1, false_alarms[-1], 2 * some - 1)),
        [len(caught) - 1],
    ]
    return np.unique(np.minimum(np.concatenate(wanted), len(caught) - 1))


def _columns(name: str, scores: tuple[MetricValue, ...]) -> dict[str, tuple[float | None, ...]]:
    return {
        name: tuple(each.value for each in scores),
        f"{name}_low": tuple(each.low for each in scores),
        f"{name}_high": tuple(each.high for each in scores),
    }
