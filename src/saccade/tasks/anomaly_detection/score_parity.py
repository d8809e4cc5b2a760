"""When an exported network scores like its run."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.export.parity import Criterion, Named, Tolerance
from saccade.tasks.anomaly_detection.anomaly import summed
from saccade.tasks.anomaly_detection.threshold import Threshold

TOLERANCE = Tolerance(difference=1e-4, agreement=0.99)
"""The same sums in another order. An error that is nearly zero is the difference of numbers that are not, so it keeps
fewer digits than they have; the threshold stands 1e-5 above the score that it was read off."""

SMALL = 0.01
"""Of the threshold: scores below are compared as if they were so large, for they are far from any alarm."""


def criterion(threshold: Threshold) -> Criterion:
    """Return when scores, and what they are made of, are those of the run: relative to the score, and by alarms."""
    return Criterion(partial(_differences, threshold), partial(_agreement, threshold), TOLERANCE, " of the score")


def _differences(threshold: Threshold, found: Named, expected: Named) -> dict[str, float]:
    size = np.maximum(np.abs(scores(expected)), SMALL * abs(threshold.value))
    return {name: _largest(found[name] - expected[name], size) for name in found}


def _largest(difference: NDArray[np.float32], size: NDArray[np.float64]) -> float:
    return float((np.abs(difference).reshape(len(size), -1) / size[:, None]).max())


def _agreement(threshold: Threshold, found: Named, expected: Named) -> float:
    return float((threshold.is_alarm(scores(found)) == threshold.is_alarm(scores(expected))).mean())


def scores(outputs: Named) -> NDArray[np.float64]:
    """Return the scores (n,) in outputs; some file formats cannot hold them, and they are added up."""
    return outputs["score"] if "score" in outputs else summed(outputs["contributions"])
