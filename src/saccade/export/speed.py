"""How long an answer takes."""

import statistics
import time
from collections.abc import Mapping
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


ROUNDS = 8
"""Of those that are compared, which take turns."""


def compare_speeds(answers: Mapping[str, Outputs], one: Array, batch: Array) -> dict[str, Speed]:
    """Return how long an image or row takes with each of several that answer, by name.

    They take turns, and each one's quickest turn counts: what else the machine did meanwhile has hit another then.
    """
    turns = [
        {name: measure(answer, one, batch, seconds=SECONDS / ROUNDS) for name, answer in answers.items()}
        for _ in range(ROUNDS)
    ]
    return {
        name: Speed(min(turn[name].alone for turn in turns), min(turn[name].in_batch for turn in turns))
        for name in answers
    }


def measure(answer: Outputs, one: Array, batch: Array, *, seconds: float = SECONDS) -> Speed:
    """Return how long an image or row takes, alone and in a batch, on this machine as busy as it is now."""
    return Speed(_microseconds(answer, one, seconds), _microseconds(answer, batch, seconds))


def _microseconds(answer: Outputs, batch: Array, seconds: float) -> float:
    answer(batch)  # the first time compiles and allocates
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while not taken or time.perf_counter() < until:
        start = time.perf_counter()
        answer(batch)
        taken.append(time.perf_counter() - start)
    return 1e6 * statistics.median(taken) / len(batch)
