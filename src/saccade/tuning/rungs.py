"""Successive halving: short trainings first, and of each length the best third is trained again, three times as long.

Asynchronous, after Li et al. 2020 (arXiv 1810.05934): nobody waits for a rung to be full. A longer training starts
anew: the schedule of its learning rate ends with its time, and one that has ended cannot be made longer.
"""

import math
from collections.abc import Collection, Mapping

REDUCTION = 3
"""How many trials a rung has for one of the next, and how much longer that trains."""

MOST_RUNGS = 4

Results = Mapping[int, Mapping[int, float]]
"""By rung, by trial: the score, higher is better."""


def rung_seconds(longest: float, least: float) -> tuple[float, ...]:
    """Return how long trials of each rung train, the shortest first.

    Args:
        longest: seconds of the last rung.
        least: seconds in which a training says anything.
    """
    count = 1 + int(math.log(max(1.0, longest / least), REDUCTION) + 1e-9)
    return tuple(longest / REDUCTION**step for step in reversed(range(min(MOST_RUNGS, count))))


def promotable(results: Results, begun: Collection[tuple[int, int]], rungs: int) -> tuple[int, int] | None:
    """Return a trial and the rung that it has earned, the highest first; None where no trial has.

    The recipe itself, trial 0, goes all the way: it is what the others are compared with.

    Args:
        results: what is known.
        begun: trials by rung that are trained already, or failed: (trial, rung).
        rungs: how many there are.
    """
    for rung in reversed(range(rungs - 1)):
        known = results.get(rung, {})
        ranked = sorted(known, key=lambda trial: (-known[trial], trial))
        earned = [*([0] if 0 in known else []), *ranked[: len(ranked) // REDUCTION]]
        for trial in earned:
            if (trial, rung + 1) not in begun:
                return trial, rung + 1
    return None


def best_trial(results: Results) -> tuple[int, int] | None:
    """Return the best trial but the recipe, of the longest trainings that any but it had, and that rung."""
    for rung in sorted(results, reverse=True):
        others = {trial: score for trial, score in results[rung].items() if trial}
        if others:
            return max(others, key=lambda trial: (others[trial], -trial)), rung
    return None
