"""Values and 95% intervals of measures that are ratios of sums over users: whole users are resampled, not ratings.

The ratings of one user are alike, so that resampling them one by one would make intervals too narrow.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import intervals
from saccade.core.metric_value import MetricValue
from saccade.tasks.recommendation.metrics.by_user import UserRatio

Floats = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Measured:
    """A measure of all users, and of resampled ones.

    Attributes:
        value: of all; NaN where it is not defined.
        resampled: (resamples,), of the same resamples for all that were measured together.
    """

    value: float
    resampled: Floats

    def score(self) -> MetricValue:
        """Return it with its interval; None where it is not defined."""
        return _score(self.value, self.resampled)

    def minus(self, other: "Measured") -> MetricValue:
        """Return by how much it is larger than another of the same users, with the interval of the pairs."""
        return _score(self.value - other.value, self.resampled - other.resampled)


def measured(ratios: Mapping[Key, UserRatio]) -> dict[Key, Measured]:
    """Return each measure of the same users."""
    if not ratios:
        return {}
    columns = np.stack([part for each in ratios.values() for part in (each.above, each.below)], axis=1)
    sums = np.concatenate([columns.sum(axis=0, keepdims=True), resampled_sums(columns)])
    with np.errstate(invalid="ignore", divide="ignore"):
        found = sums[:, ::2] / sums[:, 1::2]
    roots = np.array([each.root for each in ratios.values()])
    found[:, roots] = np.sqrt(found[:, roots])
    return {key: Measured(float(found[0, at]), found[1:, at]) for at, key in enumerate(ratios)}


def resampled_sums(columns: Floats) -> Floats:
    """Return the sums of columns (n, k) over resampled users, (resamples, k)."""
    count = len(columns)
    return np.concatenate([_drawn(rows, count) @ columns for rows in intervals.draws(count)])


def _drawn(rows: NDArray[np.int64], count: int) -> Floats:
    """Return how often each of `count` users is in each resample, (some, count), of the rows drawn (some, count)."""
    apart = rows + count * np.arange(len(rows))[:, np.newaxis]
    return np.bincount(apart.ravel(), minlength=count * len(rows)).reshape(-1, count).astype(np.float64)


def _score(value: float, resampled: Floats) -> MetricValue:
    if not np.isfinite(value):
        return MetricValue(None)
    known = resampled[np.isfinite(resampled)]  # a resample may have none of the few users that a measure is about
    return intervals.middle(value, known) if len(known) else MetricValue(value)
