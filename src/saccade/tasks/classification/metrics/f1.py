"""Harmonic mean of precision and recall of each class, with an interval after Wilson."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import MetricValue, PerClass
from saccade.tasks.classification.metrics._counting import Floats, confusion


def compute(labels: NDArray[np.int64], probabilities: Floats) -> PerClass:
    """Return F1 of each class; not defined for a class without images that is never predicted.

    F1 = 2J / (1 + J), where J is the share of right ones among images that are of the class or predicted
    as it. J is a share, so Wilson's interval fits it, and F1 only bends the axis (the "indirect" method of
    Lam, Gopal and Qian, arXiv 2309.14621). Resampling would call a class of three right images certain.
    """
    counts = confusion(labels, probabilities)
    right = counts.diagonal()
    either = counts.sum(axis=0) + counts.sum(axis=1) - right
    return PerClass(tuple(_bent(score) for score in wilson(right, either)))


def _bent(share: MetricValue) -> MetricValue:
    ends = (share.value, share.low, share.high)
    return MetricValue(*(None if end is None else 2 * end / (1 + end) for end in ends))
