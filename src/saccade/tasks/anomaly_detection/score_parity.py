"""When an exported network scores like its run."""

from functools import partial

import numpy as np

from saccade.export.parity import Criterion, Named, Tolerance
from saccade.tasks.anomaly_detection.anomaly import scores_in
from saccade.tasks.anomaly_detection.threshold import Threshold

TOLERANCE = Tolerance(difference=1e-4, agreement=0.99)
"""The same sums in another order. An error that is nearly zero is the difference of numbers that are not, so it keeps
fewer digits than they have; the threshold stands 1e-5 above the score that it was read off."""

SMALL = 0.01
"""Of the threshold: scores below are compared as if they were so large, for they are far from any alarm. Pixels of a
map are compared as if they were 1 at least: what normal images have too."""


def criterion(threshold: Threshold) -> Criterion:
    """Return when scores, and what they are made of, are those of the run: relative to the score, and by alarms."""
    return Criterion(partial(_differences, threshold), partial(_agreement, threshold), TOLERANCE, ", relative")


def _differences(threshold: Threshold, found: Named, expected: Named) -> dict[str, float]:
    size = np.maximum(np.abs(scores_in(expected)), SMALL * abs(threshold.value))
    where = np.maximum(expected.get("anomaly_map", 1), 1)
    sizes = {"score": size, "contributions": size[:, None], "anomaly_map": where}
    return {name: float((np.abs(found[name] - expected[name]) / sizes[name]).max()) for name in found}


def _agreement(threshold: Threshold, found: Named, expected: Named) -> float:
    return float((threshold.is_alarm(scores_in(found)) == threshold.is_alarm(scores_in(expected))).mean())
