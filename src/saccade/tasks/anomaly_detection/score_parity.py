"""When an exported network scores like its run."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.export.parity import Criterion, Named, Tolerance
from saccade.tasks.anomaly_detection.anomaly import scores_in
from saccade.tasks.anomaly_detection.threshold import Threshold

TOLERANCE = Tolerance(difference=1e-4, agreement=0.99)
"""The same sums in another order. An error that is nearly zero is the difference of numbers that are not, so it keeps
fewer digits than they have; the threshold stands 1e-5 above the score that it was read off."""

SMALL = 0.01
"""Of the threshold: scores below are compared as if they were so large, for they are far from any alarm. Pixels of a
map are compared as if they were 1 at least: what normal images have too."""


Scores = Callable[[Named], NDArray[np.float64]]


def criterion(threshold: Threshold, scores: Scores = scores_in) -> Criterion:
    """Return when scores, and what they are made of, are those of the run: relative to the score, and by alarms.

    Args:
        threshold: of the run.
        scores: gives the scores (n,) in outputs by name, where a file format cannot hold them too.
    """
    return Criterion(
        partial(_differences, threshold, scores), partial(_agreement, threshold, scores), TOLERANCE, ", relative"
    )


def _differences(threshold: Threshold, scores: Scores, found: Named, expected: Named) -> dict[str, float]:
    size = np.maximum(np.abs(scores(expected)), SMALL * abs(threshold.value))
    where = np.maximum(expected.get("anomaly_map", 1), 1)
    sizes = {"score": size, "contributions": size[:, None], "anomaly_map": where}
    return {name: float((np.abs(found[name] - expected[name]) / sizes[name]).max()) for name in found}


def _agreement(threshold: Threshold, scores: Scores, found: Named, expected: Named) -> float:
    return float((threshold.is_alarm(scores(found)) == threshold.is_alarm(scores(expected))).mean())
