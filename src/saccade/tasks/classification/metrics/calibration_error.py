"""Mean distance between confidence and accuracy (ECE, 15 bins of equal mass), with a bootstrap interval."""

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import SEED, draws, middle
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._confidence import bin_edges, confidence, error_of_bins
from saccade.tasks.classification.metrics._counting import Floats


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the expected calibration error, 0 to 1; 0.02 means that confidence is off by two points on average."""
    sure, right = confidence(labels, probabilities)
    edges = bin_edges(len(sure))
    gaps, rows = right - sure, chain.from_iterable(draws(len(sure)))
    # counted, so that drawn answers are in order again, and the bins of a resample are of its own answers
    counted = (np.bincount(drawn, minlength=len(sure)) for drawn in rows)
    resampled = [error_of_bins(np.repeat(gaps, counts), edges) for counts in counted]
    return middle(float(error_of_bins(gaps, edges)), np.array(resampled))


def value(labels: NDArray[np.int64], probabilities: Floats) -> float:
    """Return it without the interval, which takes a hundred times as long."""
    sure, right = confidence(labels, probabilities)
    return float(error_of_bins(right - sure, bin_edges(len(sure))))


def by_chance(labels: NDArray[np.int64], probabilities: Floats) -> float:
    """Return what 95 of 100 perfectly calibrated networks stay below: the error is never 0 on so many images."""
    sure, _ = confidence(labels, probabilities)
    edges, rng = bin_edges(len(sure)), np.random.default_rng(SEED)
    errors = [error_of_bins((rng.random(len(sure)) < sure) - sure, edges) for _ in range(1000)]
    return float(np.quantile(errors, 0.95))
