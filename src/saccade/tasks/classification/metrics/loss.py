"""Cross-entropy: mean of −ln(probability of the true class), in nats, with a bootstrap interval."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import bootstrap_mean
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.metrics._counting import Floats

SMALLEST = 1e-7
"""As in Keras: one certain, wrong answer must not make the mean infinite."""


def compute(labels: NDArray[np.int64], probabilities: Floats) -> MetricValue:
    """Return the cross-entropy, 0 or more; ln(k) is that of guessing evenly among k classes."""
    return bootstrap_mean(_surprises(labels, probabilities))


def value(labels: NDArray[np.int64], probabilities: Floats) -> float:
    """Return it without the interval, which takes a hundred times as long."""
    return float(_surprises(labels, probabilities).mean())


def _surprises(labels: NDArray[np.int64], probabilities: Floats) -> Floats:
    of_the_true_class = probabilities[np.arange(len(labels)), labels].astype(float)
    surprises: Floats = -np.log(np.clip(of_the_true_class, SMALLEST, 1 - SMALLEST))
    return surprises
