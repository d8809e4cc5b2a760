"""How long an answer takes."""

import statistics
import time
from dataclasses import dataclass

from saccade.core.arrays import Array
from saccade.core.signature import Outputs

BATCH = 64
SECONDS = 0.3
"""Each way of asking is timed for about so long."""


@dataclass(frozen=True)
class Speed:
    """Microseconds an image or row, the median of many askings.

    Attributes:
        alone: asked one by one.
        in_batch: in a batch; of images 64, or less where they are large or few.
    """

    alone: float
    in_batch: float


def measure(answer: Outputs, one: Array, batch: Array) -> Speed:
    """Return how long an image or row takes, alone and in a batch, on this machine as busy as it is now."""
    return Speed(_microseconds(answer, one), _microseconds(answer, batch))


def _microseconds(answer: Outputs, batch: Array) -> float:
    answer(batch)  # the first time compiles and allocates
    taken: list[float] = []
    until = time.perf_counter() + SECONDS
    while not taken or time.perf_counter() < until:
        start = time.perf_counter()
        answer(batch)
        taken.append(time.perf_counter() - start)
    return 1e6 * statistics.median(taken) / len(batch)
