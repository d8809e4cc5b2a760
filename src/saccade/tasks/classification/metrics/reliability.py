"""Accuracy against confidence, in 15 bins of equal mass, with Wilson's intervals: the reliability curve."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import Curve
from saccade.tasks.classification.metrics._confidence import bin_edges, confidence
from saccade.tasks.classification.metrics._counting import Floats


def compute(labels: NDArray[np.int64], probabilities: Floats) -> Curve:
    """Return columns confidence, accuracy, low, high (all 0 to 1) and images, a row a bin, the least sure first."""
    sure, right = confidence(labels, probabilities)
    edges = bin_edges(len(sure))
    counts = np.diff(edges)
    scores = wilson(np.add.reduceat(right.astype(np.int64), edges[:-1]), counts)
    return Curve(
        {
            "confidence": tuple((np.add.reduceat(sure, edges[:-1]) / counts).tolist()),
            "accuracy": tuple(score.value for score in scores),
            "low": tuple(score.low for score in scores),
            "high": tuple(score.high for score in scores),
            "images": tuple(counts.tolist()),
        }
    )
