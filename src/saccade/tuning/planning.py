"""How the time of a search is spent: measured before it begins, so that a budget that is too short is refused at once.

A part is kept for the last comparison: recipe and winner are trained anew, each with several seeds. What is left is for
trials. A training takes no longer than the recipe asks for; where even that is too long for the budget, all are
shorter, by the clock (see `training.time_budget`), and each schedule of the learning rate ends with its time.
"""

from dataclasses import dataclass
from math import ceil, inf

from saccade.core.errors import RecipeError
from saccade.training.pace import TrainingPace
from saccade.tuning.rungs import REDUCTION, rung_seconds

FINAL_SHARE = 0.4
"""Of the budget, at most, for the last trainings and the comparison."""

LEAST_TRIALS = 3
"""Of the shortest trainings, without which it is no search; the recipe is one of them."""

STARTS = 3.0
"""A training that takes less than so many times its start says little."""


@dataclass(frozen=True)
class Lengths:
    """Seconds of trainings.

    Attributes:
        longest: of a last one, at most.
        rungs: of trials, the shortest first.
    """

    longest: float
    rungs: tuple[float, ...]


def lengths(pace: TrainingPace, *, budget: float, used: float, seeds: int, jobs: int, judging: float) -> Lengths:
    """Return how long trainings are.

    Args:
        pace: of the recipe on this machine.
        budget: seconds, of all.
        used: of these, so far.
        seeds: pairs of last trainings.
        jobs: processes that train side by side.
        judging: seconds to look at a trained network.

    Raises:
        RecipeError: the time is too short; says how long one training takes, and what would be enough.
    """
    least = pace.starting + pace.epoch + 1
    rounds = ceil(2 * seeds / jobs)
    left = budget - used
    longest = min(pace.whole, FINAL_SHARE * left / rounds - judging)
    needed = used + max(rounds * (least + judging) / FINAL_SHARE, LEAST_TRIALS * least / (1 - FINAL_SHARE))
    if longest < min(least, pace.whole) or left < needed - used:
        about = "about" if pace.whole < inf else "at least"
        raise RecipeError(
            f"{budget:.0f} s are too short for a search: {used:.0f} s of them have gone into reading the data and "
            f"measuring. One pass over the data takes {about} {least:.0f} s here, start included, and a search needs "
            f"{LEAST_TRIALS} such trainings or more, and {2 * seeds} to compare with the recipe. "
            f"Try: --budget {_said(needed)}{'' if seeds == 1 else ', or fewer --seeds'}."
        )
    shortest = min(longest, max(least, STARTS * pace.starting))
    fitting = rung_seconds(longest, shortest)
    # a rung needs several trials below it to choose from
    while len(fitting) > 1 and LEAST_TRIALS * REDUCTION * fitting[0] * len(fitting) > (1 - FINAL_SHARE) * left * jobs:
        fitting = fitting[1:]
    return Lengths(longest, fitting)


def _said(seconds: float) -> str:
    """Return a time that is at least so long, as a person writes it."""
    return f"{10 * ceil(seconds / 10)}s" if seconds < 120 else f"{ceil(seconds / 60)}m"
