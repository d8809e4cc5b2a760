"""The threshold that costs least, or has the best F-beta, at a prevalence; it takes labelled anomalies."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.anomaly_detection.threshold import Floats
from saccade.tasks.anomaly_detection.thresholding.measuring import HIGH, LOW, Sample

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

    The best threshold stands just below an anomaly: raising it up to there loses none and saves false alarms. So only
    the numbers of rows between neighbouring anomalies matter, and resampling rows is resampling these numbers.

    Args:
        sample: with at least one anomaly.
        worth: of the shares of normal rows and of anomalies above a threshold.
    """
    marks, anomalies = np.unique(sample.anomalies, return_counts=True)
    normal = np.bincount(np.searchsorted(marks, sample.normal, side="right"), minlength=len(marks) + 1)
    values, rng = _values(sample, marks), np.random.default_rng(0)
    resampled = [
        values[_best(*(rng.multinomial(each.sum(), each / each.sum()) for each in (normal, anomalies)), worth=worth)]
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(resampled, [LOW, HIGH], method="nearest").tolist()
    return float(values[_best(normal, anomalies, worth=worth)]), low, high


def _values(sample: Sample, marks: Floats) -> Floats:
    """Return thresholds between each mark (k,) and the next lower score, and last the largest finite score."""
    scores = sample.candidates
    largest = scores[np.isfinite(scores)][-1]
    place = np.searchsorted(scores, marks)
    lower = np.where(place > 0, scores[place - 1], marks - 1)
    return np.append(np.minimum((lower + marks) / 2, largest), largest)


def _best(normal: NDArray[np.int64], anomalies: NDArray[np.int64], *, worth: Worth) -> int:
    """Return the place of the best threshold, the highest of equal ones.

    Args:
        normal: (k + 1,), how many normal rows lie below the first mark, between two, and above the last.
        anomalies: (k,), how many anomalies lie on each mark.
        worth: as in `best`.
    """
    over = [np.cumsum(each[::-1])[::-1] for each in (normal[1:], anomalies)]
    # one more, as in measuring.expected_share: no number of normal rows proves that there is no false alarm
    shares = (over[0] + 1) / (normal.sum() + 1), over[1] / anomalies.sum()
    worths = worth(*(np.append(each, 0) for each in shares))  # the last: no alarm at all
    return int(len(worths) - 1 - np.argmax(worths[::-1]))
