"""95% intervals: Wilson for a share, bootstrap for everything else."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.special import ndtri

from saccade.core.metric_value import MetricValue

Counts = NDArray[Any]

RESAMPLES = 1000
SEED = 0
"""Fixed: the same answers give the same interval."""

MOST_DRAWS = 2_000_000
"""At once, so that 1000 resamples of a large test split do not fill the memory."""


def wilson(successes: NDArray[np.int64], trials: NDArray[np.int64]) -> tuple[MetricValue, ...]:
    """Return successes / trials with Wilson's score interval; None where there were no trials.

    Wilson 1927, J. Am. Stat. Assoc. 22:209. Unlike share ± 1.96 standard errors, it stays within 0 and 1 and
    is right for few trials and for shares near 1.

    Args:
        successes: (k,) counts.
        trials: (k,) counts.
    """
    z = ndtri(0.975)
    n = np.maximum(trials, 1).astype(float)
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = np.maximum(centre - half, 0), np.minimum(centre + half, 1)
    scores = zip(share.tolist(), low.tolist(), high.tolist(), trials.tolist(), strict=True)
    return tuple(MetricValue(s, min(lo, s), max(hi, s)) if count else MetricValue(None) for s, lo, hi, count in scores)


def bootstrap_mean(values: NDArray[np.floating[Any]]) -> MetricValue:
    """Return the mean of values (n,) with its bootstrap percentile interval."""
    means = [values[rows].mean(axis=1) for rows in draws(len(values))]
    return middle(float(values.mean()), np.concatenate(means))


def draws(count: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows, (some, count), of RESAMPLES resamples of `count` values, a portion at a time."""
    rng = np.random.default_rng(SEED)
    for some in _portions(count):
        yield rng.integers(0, count, (some, count))


def resampled_scores(confusion: Any, score: Callable[[Counts, Counts, Counts], Counts]) -> NDArray[np.float64]:
    """Return what a score is of RESAMPLES resamples of the images, (RESAMPLES,).

    Which image is drawn does not matter, only its cell of the confusion matrix; so cells are drawn, and only those that
    are not empty. Resamples are counted some at a time: of 10,000 classes, all at once take a gigabyte.

    Args:
        confusion: (k, k) counts, true by predicted, an array or a sparse one.
        score: gives (some,) for right, true and predicted counts a class, each (some, k).
    """
    filled = coo_array(confusion)
    (true, predicted), cells = filled.coords, filled.data
    rng, classes = np.random.default_rng(SEED), filled.shape[0]
    right, found = np.where(true == predicted)[0], []
    for count in _portions(max(len(cells), classes)):
        drawn = rng.multinomial(cells.sum(), cells / cells.sum(), size=count)
        counted = ((true[right], drawn[:, right]), (true, drawn), (predicted, drawn))
        found.append(score(*(count_by_group(groups, counts, classes) for groups, counts in counted)))
    return np.concatenate(found)


def _portions(width: int) -> Iterator[int]:
    """Yield how many of RESAMPLES are drawn at a time, so that each portion has at most MOST_DRAWS numbers."""
    most = max(1, MOST_DRAWS // width)
    for start in range(0, RESAMPLES, most):
        yield min(most, RESAMPLES - start)


def count_by_group(groups: NDArray[np.int64], counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the sum of the counts (m, n) in each group, (m, size); `groups` (n,) are numbers from 0 to size - 1."""
    apart = groups + size * np.arange(len(counts))[:, np.newaxis]
    summed = np.bincount(apart.ravel(), counts.ravel(), size * len(counts))
    return summed.reshape(-1, size).astype(np.int64)


def middle(value: float, resampled: NDArray[np.floating[Any]]) -> MetricValue:
    """Return a value with the middle 95% of its resampled values (m,).

    Where all are equal, as after perfect answers, resampling cannot say how sure the value is: no interval.
    """
    low, high = np.quantile(resampled, (0.025, 0.975)).tolist()
    # resampling makes distances larger: of a calibration error near zero, most resamples lie above
    return MetricValue(value, min(low, value), max(high, value)) if low < high else MetricValue(value)
