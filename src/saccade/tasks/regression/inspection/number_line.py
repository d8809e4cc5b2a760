"""An answer among the numbers of the training images, for a drawing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.regression.predictor import Estimate

BINS = 40

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class NumberLine:
    """A histogram of the training numbers, and where an answer lies; places are percent of its width.

    Attributes:
        bars: (left, width, height) of each bar that is not empty, in percent.
        images: of the training.
        low, high: its ends.
        answer: place of the answer.
        interval: places of the ends of its interval; None where nothing is known.
        true: place of the true number; None where nothing is known.
        least, most: the smallest and largest number in training.
        smaller: share of the training images with a smaller number than the answer, 0 to 1.
    """

    bars: tuple[tuple[float, float, float], ...]
    images: int
    low: float
    high: float
    answer: float
    interval: tuple[float, float] | None
    true: float | None
    least: float
    most: float
    smaller: float


def number_line(numbers: Numbers, estimate: Estimate, true: float | None) -> NumberLine:
    """Return the drawing of an answer, with its interval and the true number, among those of training images (n,)."""
    known = [each for each in (estimate.value, estimate.low, estimate.high, true) if each is not None]
    low, high = min(float(numbers.min()), *known), max(float(numbers.max()), *known)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return 100 * (value - low) / span

    ends = estimate.low, estimate.high
    return NumberLine(
        bars=_bars(numbers, low, span),
        images=len(numbers),
        low=low,
        high=high,
        answer=place(estimate.value),
        interval=(place(ends[0]), place(ends[1])) if ends[0] is not None and ends[1] is not None else None,
        true=None if true is None else place(true),
        least=float(numbers.min()),
        most=float(numbers.max()),
        smaller=float((numbers < estimate.value).mean()),
    )


def _bars(numbers: Numbers, low: float, span: float) -> tuple[tuple[float, float, float], ...]:
    counts, _ = np.histogram(numbers, BINS, (low, low + span))
    width = 100 / BINS
    heights = (100 * counts / counts.max()).tolist()
    return tuple((place * width, width, height) for place, height in enumerate(heights) if height)
