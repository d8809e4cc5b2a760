"""How long an answer takes."""

import statistics
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.predicting import Answer, at_once

BATCH = 64
SECONDS = 0.3
"""Each way of asking is timed for about so long."""


@dataclass(frozen=True)
class Speed:
    """Microseconds a picture, the median of many askings.

    Attributes:
        alone: asked one by one.
        in_batch: in a batch of 64, or less where they are large or few.
    """

    alone: float
    in_batch: float


def measure(answer: Answer, pictures: NDArray[np.uint8]) -> Speed:
    """Return how long a picture takes, alone and in a batch, on this machine as busy as it is now."""
    return Speed(*(_microseconds(answer, pictures[:count]) for count in (1, min(BATCH, at_once(pictures)))))


def _microseconds(answer: Answer, batch: NDArray[np.uint8]) -> float:
    answer(batch)  # the first time compiles and allocates
    taken: list[float] = []
    until = time.perf_counter() + SECONDS
    while not taken or time.perf_counter() < until:
        start = time.perf_counter()
        answer(batch)
        taken.append(time.perf_counter() - start)
    return 1e6 * statistics.median(taken) / len(batch)
