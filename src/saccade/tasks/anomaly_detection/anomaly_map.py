"""Anomaly map: where in an image something does not belong; and the colours in which it is drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FAINT, HOTTEST = 0.5, 8.0
"""Times the largest error of normal images where colour begins, faintly, and where it stays the same. It begins below
1: an anomaly that is spread over the image need not exceed the worst pixel of a normal one anywhere."""

COLOURS = ((1.0, 0.9, 0.3, 0.25), (1.0, 0.75, 0.15, 0.7), (0.96, 0.4, 0.1, 0.85), (0.75, 0.05, 0.25, 0.92))
"""Red, green, blue and opacity, 0 to 1, at equal steps of the logarithm from `FAINT` to `HOTTEST`. What normal images
have too does not glow: below there is no colour."""


@dataclass(frozen=True)
class Verdict:
    """How anomalous an image is.

    Attributes:
        score: the mean error of its pixels, 0 or more; larger is more anomalous.
        alarm: whether that is above the run's threshold.
        p_value: conformal: of normal images, at most a share p gets a p-value of p or less.
    """

    score: float
    alarm: bool
    p_value: float

    @property
    def label(self) -> str:
        """The word for it: "alarm" or "normal"."""
        return "alarm" if self.alarm else "normal"


@dataclass(frozen=True)
class AnomalyMap:
    """Where in an image something does not belong.

    Attributes:
        name: of the image.
        image: (h, w, c), uint8, as the network took it.
        rebuilt: (h, w, c), uint8, what the network made of it: how it would look if it were normal; None where only an
            exported file answers, which does not tell, and of networks that compare patches instead of rebuilding.
        anomaly_map: (h, w), float32: each pixel's error, in units of the largest that 19 of 20 normal images have
            anywhere. Above 1 is hot.
        verdict: score, alarm and p-value of the whole image.
    """

    name: str
    image: NDArray[np.uint8]
    rebuilt: NDArray[np.uint8] | None
    anomaly_map: NDArray[np.float32]
    verdict: Verdict

    @property
    def peak(self) -> tuple[int, int]:
        """Row and column of the pixel with the largest error."""
        row, column = np.unravel_index(int(self.anomaly_map.argmax()), self.anomaly_map.shape)
        return int(row), int(column)


def errors(contributions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the error of each pixel (n, h, w) from its contributions to the score, which is the mean error."""
    height, width = contributions.shape[1:]
    return contributions * np.float32(height * width)
