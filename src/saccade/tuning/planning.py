"""How the time of a search is spent: measured before it begins, so that a budget that is too short is refused at once.

A part is kept for the last comparison: recipe and winner are trained anew, each with several seeds, or fewer where the
time is short. What is left is for trials. A training takes no longer than the recipe asks for; where even that is too
long for the budget, all are shorter, by the clock (see `training.time_budget`), and each schedule of the learning rate
ends with its time.
"""

from dataclasses import dataclass
from math import ceil, inf

from saccade.core.errors import RecipeError
from saccade.training.pace import TrainingPace
from saccade.tuning.rungs import REDUCTION, rung_seconds

FINAL_SHARE = 0.4
"""Of the time, at most, for the last trainings and the comparison; a single pair may take what it needs."""

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
        pairs: of last trainings that there is time for.
    """

    longest: float
    rungs: tuple[float, ...]
    pairs: int


def lengths(pace: TrainingPace, *, budget: float, used: float, seeds: int, jobs: int, judging: float) -> Lengths:
    """Return how long trainings are.

    Args:
        pace: of the recipe on this machine.
        budget: seconds, of all.
        used: of these, so far.
        seeds: pairs of last trainings, at most.
        jobs: processes that train side by side.
        judging: seconds to look at a trained network.

    Raises:
        RecipeError: the time is too short; says how long one training takes, and what would be enough.
    """
    least = min(pace.starting + pace.epoch + 1, pace.whole)
    left = budget - used
    _refuse_too_short(pace, budget=budget, used=used, needed=_shortest(least, judging, jobs))
    pairs = _pairs(left, least + judging, seeds=seeds, jobs=jobs)
    kept = max(FINAL_SHARE * left, _one_by_one(pairs, jobs) * (least + judging))
    longest = min(pace.whole, kept / _one_by_one(pairs, jobs) - judging)
    shortest = min(longest, max(least, STARTS * pace.starting))
    fitting = rung_seconds(longest, shortest)
    # a rung needs several trials below it to choose from
    while len(fitting) > 1 and LEAST_TRIALS * REDUCTION * fitting[0] * len(fitting) > (1 - FINAL_SHARE) * left * jobs:
        fitting = fitting[1:]
    return Lengths(longest, fitting, pairs)


def _pairs(left: float, least: float, *, seeds: int, jobs: int) -> int:
    """Return how many pairs fit into their share of the time, of trainings that take so long at least; one always."""
    fitting = (pairs for pairs in range(seeds, 0, -1) if _one_by_one(pairs, jobs) * least <= FINAL_SHARE * left)
    return next(fitting, 1)


def _one_by_one(pairs: int, jobs: int) -> int:
    """Return how many last trainings of so many pairs follow each other."""
    return ceil(2 * pairs / jobs)


def _shortest(least: float, judging: float, jobs: int) -> float:
    """Return the seconds of the shortest search: some trials, and one pair that is compared."""
    return LEAST_TRIALS * least + _one_by_one(1, jobs) * (least + judging)


def _refuse_too_short(pace: TrainingPace, *, budget: float, used: float, needed: float) -> None:
    if used + needed <= budget:
        return
    about = "about" if pace.whole < inf else "at least"
    raise RecipeError(
        f"{budget:.0f} s are too short for a search: {used:.0f} s of them have gone into reading the data and "
        f"measuring. One pass over the data takes {about} {pace.starting + pace.epoch + 1:.0f} s here, start included, "
        f"and a search needs {LEAST_TRIALS} such trainings or more, and 2 to compare with the recipe. "
        f"Try: --budget {_said(used + needed)}."
    )


def _said(seconds: float) -> str:
    """Return a time that is at least so long, as a person writes it."""
    return f"{10 * ceil(seconds / 10)}s" if seconds < 120 else f"{ceil(seconds / 60)}m"
