"""Share of wrong answers when only the surest images are answered, against how many are: risk and coverage."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import wilson
from saccade.core.metric_value import Curve
from saccade.tasks.classification.metrics._confidence import confidence
from saccade.tasks.classification.metrics._counting import Floats

POINTS = 100


def compute(labels: NDArray[np.int64], probabilities: Floats) -> Curve:
    """Return columns coverage, error, low, high (0 to 1) and threshold, the least confidence that is answered.

    El-Yaniv and Wiener 2010, JMLR 11:1605; Geifman and El-Yaniv 2017, arXiv 1705.08500.
    """
    sure, right = confidence(labels, probabilities)
    count = len(sure)
    answered = np.unique(np.ceil(np.linspace(1 / POINTS, 1, POINTS) * count).astype(np.int64))
    wrong = np.cumsum(1 - right[::-1])[answered - 1].astype(np.int64)
    scores = wilson(wrong, answered)
    return Curve(
        {
            "coverage": tuple((answered / count).tolist()),
            "error": tuple(score.value for score in scores),
            "low": tuple(score.low for score in scores),
            "high": tuple(score.high for score in scores),
            "threshold": tuple(sure[count - answered].tolist()),
        }
    )
