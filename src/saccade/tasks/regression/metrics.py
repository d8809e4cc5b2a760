"""How far answers are from the true numbers, with bootstrap intervals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import bootstrap_mean, draws, middle
from saccade.core.metric_value import MetricValue

Numbers = NDArray[np.float64]


def compute(targets: Numbers, answers: Numbers) -> dict[str, MetricValue]:
    """Return mean absolute error, root mean squared error and R² of answers (n,), in the unit of the targets (n,)."""
    return {"mae": mae(targets, answers), "rmse": rmse(targets, answers), "r2": r2(targets, answers)}


def mae(targets: Numbers, answers: Numbers) -> MetricValue:
    """Return the mean absolute error."""
    return bootstrap_mean(np.abs(answers - targets))


def rmse(targets: Numbers, answers: Numbers) -> MetricValue:
    """Return the root mean squared error."""
    squared = (answers - targets) ** 2
    return _resampled(len(targets), lambda rows: np.sqrt(squared[rows].mean(axis=-1)))


def r2(targets: Numbers, answers: Numbers) -> MetricValue:
    """Return the share of the variance that is explained; not defined where all targets are the same.

    Not limited to 0 and above: below, the mean of these targets would be the better answer.
    """
    squared = (answers - targets) ** 2

    def explained(rows: NDArray[np.int64]) -> Numbers:
        spread = targets[rows].var(axis=-1)
        return np.asarray(1 - squared[rows].mean(axis=-1) / np.where(spread > 0, spread, np.nan))

    return _resampled(len(targets), explained)


def _resampled(count: int, statistic: Callable[[NDArray[np.int64]], Numbers]) -> MetricValue:
    value = float(statistic(np.arange(count)))
    if not np.isfinite(value):
        return MetricValue(None)
    resampled = np.concatenate([statistic(rows) for rows in draws(count)])
    return middle(value, resampled[np.isfinite(resampled)])
