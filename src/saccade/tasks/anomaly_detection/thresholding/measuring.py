"""What a threshold would do, counted on the calibration rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from saccade.core.arrays import Array
from saccade.core.errors import DataError
from saccade.core.metric_value import MetricValue
from saccade.modalities.tables.table import ANOMALY, UNKNOWN
from saccade.tasks.anomaly_detection.threshold import Floats, ordered_as_alarms

LOW, HIGH = 0.025, 0.975
DRAWS = 10_000


@dataclass(frozen=True)
class Sample:
    """The scores of the calibration rows.

    Attributes:
        normal: (n,) ascending, of normal and of unlabelled rows; what has no score counts as infinite.
        anomalies: (m,) ascending, of labelled anomalies.
        unlabelled: how many of the normal ones have no label.
        noun: what to call the inputs: "rows", "images".
    """

    normal: Floats
    anomalies: Floats
    unlabelled: int
    noun: str = "rows"

    @property
    def candidates(self) -> Floats:
        """Every score that occurs, ascending, once."""
        return np.asarray(np.unique(np.concatenate([self.normal, self.anomalies])))


def sample(scores: Array, labels: NDArray[np.int64] | None, *, noun: str = "rows") -> Sample:
    """Return the calibration rows as a sample.

    Args:
        scores: (n,).
        labels: (n,) 0 normal, 1 anomaly, −1 not said; None when nothing is labelled.
        noun: what to call them.

    Raises:
        DataError: lengths differ, or no row is normal or unlabelled.
    """
    scores = ordered_as_alarms(scores)
    labels = np.full(len(scores), UNKNOWN) if labels is None else np.asarray(labels)
    if scores.shape != labels.shape or scores.ndim != 1:
        raise DataError(f"Expected a label for each score; found scores {scores.shape} and labels {labels.shape}.")
    normal, anomalies = np.sort(scores[labels != ANOMALY]), np.sort(scores[labels == ANOMALY])
    if not np.isfinite(normal).any():
        raise DataError(
            f"None of the {len(normal):,} normal calibration {noun} has a finite score, so nobody knows which are "
            "usual."
        )
    return Sample(normal, anomalies, int(np.sum(labels == UNKNOWN)), noun)


def above(ordered: Floats, values: Any) -> Any:
    """Return how many of some ascending scores are larger than each value."""
    return len(ordered) - np.searchsorted(ordered, values, side="right")


def expected_share(sample: Sample, values: Any) -> Any:
    """Return the share of new normal rows expected above values that are themselves scores of the sample.

    Of n exchangeable scores, the k-th largest is exceeded by the next one with probability k / (n + 1) (less where
    scores are equal). So this is never too small on average.
    """
    return (above(sample.normal, values) + 1) / (len(sample.normal) + 1)


def false_alarms(sample: Sample, value: float) -> MetricValue:
    """Return the share of new normal rows above the value.

    Without ties, the true share above the k-th largest of n scores has the beta distribution (k, n + 1 − k), of which
    this is the mean and the middle 95%. Equal scores at the value make the share smaller: then the lower end is that of
    Clopper and Pearson (1934).
    """
    count, rows = int(above(sample.normal, value)), len(sample.normal)
    tied = int(np.sum(sample.normal == value)) > 1
    low = beta.ppf(LOW, count if tied else count + 1, rows - count + (1 if tied else 0)) if count or not tied else 0.0
    high = beta.ppf(HIGH, count + 1, rows - count) if count < rows else 1.0
    return MetricValue(float(expected_share(sample, value)), float(low), float(high))


def recall(sample: Sample, value: float) -> MetricValue | None:
    """Return the share of the labelled anomalies above the value with the interval of Clopper and Pearson."""
    rows = len(sample.anomalies)
    if not rows:
        return None
    found = int(above(sample.anomalies, value))
    low = float(beta.ppf(LOW, found, rows - found + 1)) if found else 0.0
    high = float(beta.ppf(HIGH, found + 1, rows - found)) if found < rows else 1.0
    return MetricValue(found / rows, low, high)


def precision(
    recalled: MetricValue | None, false: MetricValue, *, rows: int, anomalies: int, prevalence: float
) -> MetricValue | None:
    """Return the share of anomalies among the alarms at a prevalence.

    Its interval comes from draws of the recall and of the share of false alarms, each from the beta distribution that
    has about their intervals.

    Args:
        recalled: share of the anomalies above the threshold; None without labelled ones.
        false: share of the normal rows above it.
        rows: how many normal rows there were.
        anomalies: how many labelled anomalies.
        prevalence: share of anomalies, 0 to 1.

    Returns:
        None without labelled anomalies, or when none of them is found.
    """
    if recalled is None or not recalled.value or false.value is None:
        return None
    rng, found = np.random.default_rng(0), recalled.value * anomalies
    some_recall = rng.beta(found + 0.5, anomalies - found + 0.5, DRAWS)
    count = false.value * (rows + 1)
    some_false = rng.beta(count, max(rows + 1 - count, 0.5), DRAWS)
    drawn = _precision(some_recall, some_false, prevalence)
    value = _precision(recalled.value, false.value, prevalence)
    return MetricValue(float(value), *np.quantile(drawn, [LOW, HIGH]).tolist())


def _precision(recalled: Any, false: Any, prevalence: float) -> Any:
    right, wrong = prevalence * recalled, (1 - prevalence) * false
    return right / np.maximum(right + wrong, np.finfo(float).tiny)


def quantile_interval(sample: Sample, share: float) -> tuple[float | None, float | None]:
    """Return the 95% interval of the score that a share of all normal rows exceeds, by the binomial of its rank."""
    rows = len(sample.normal)
    few, many = (int(binom.ppf(level, rows, share)) for level in (LOW, HIGH))
    low = float(sample.normal[rows - many - 1]) if many < rows else None
    high = float(sample.normal[rows - few]) if few else None
    return low, high if high is None or np.isfinite(high) else None
