"""How the time of a search is spent: measured before it begins, so that a budget that is too short is refused at once.

A part is kept for the last comparison: recipe and winner are trained anew, each with several seeds, or fewer where the
time is short. What is left is for trials. A training takes no longer than the recipe asks for; where even that is too
long for the budget, all are shorter, by the clock (see `training.time_budget`), and each schedule of the learning rate
ends with its time. Where three trials of a pass over the data each do not fit, trials end within their first pass, and
only the last trainings make a whole one. Where not even that fits, the recipe alone is trained: what longer training
adds is then more than what a choice by hardly trained networks would.
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

FILES = 1.0
"""Seconds of a training for its files."""


@dataclass(frozen=True)
class Lengths:
    """Seconds of trainings.

    Attributes:
        longest: of a last one, at most.
        rungs: of trials, the shortest first; none where there is time to train the recipe and no more.
        pairs: of last trainings that there is time for.
        needed: of a budget that would have been enough for a search, where there are no trials.
    """

    longest: float
    rungs: tuple[float, ...]
    pairs: int
    needed: float | None = None


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
        RecipeError: the time is too short to train anything; says how long one training takes, and what is enough.
    """
    left, a_pass = budget - used, _a_pass(pace)
    part = min(a_pass, pace.starting + pace.part + FILES)
    compared = _one_by_one(1, jobs) * (a_pass + judging)
    if left < LEAST_TRIALS * part + compared:
        needed = used + LEAST_TRIALS * part + compared
        return _recipe_alone(pace, budget=budget, used=used, least=part, needed=needed)
    if left < LEAST_TRIALS * a_pass + compared:
        return Lengths(a_pass, ((left - compared) / LEAST_TRIALS,), 1)
    return _whole_passes(pace, left, seeds=seeds, jobs=jobs, judging=judging)


def _a_pass(pace: TrainingPace) -> float:
    """Return the seconds of a training of one pass over the data, or less where the recipe asks for less."""
    return min(pace.starting + pace.epoch + FILES, pace.whole)


def _whole_passes(pace: TrainingPace, left: float, *, seeds: int, jobs: int, judging: float) -> Lengths:
    """Return the lengths where every training makes one pass over the data or more."""
    least = _a_pass(pace)
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


def _recipe_alone(pace: TrainingPace, *, budget: float, used: float, least: float, needed: float) -> Lengths:
    """Return the length of one training of the recipe, which takes all that is left, or as long as it asks for."""
    if used + least > budget:
        about = "about" if pace.whole < inf else "at least"
        raise RecipeError(
            f"{budget:.0f} s are too short: {used:.0f} s of them have gone into reading the data and measuring, and "
            f"the shortest training takes {about} {least:.0f} s here. Try: --budget {said(used + least)} to train the "
            f"recipe, {said(needed)} to search."
        )
    return Lengths(min(pace.whole, budget - used), (), 1, needed)


def said(seconds: float) -> str:
    """Return a time that is at least so long, as a person writes it: "90s", "4m"."""
    return f"{10 * ceil(seconds / 10)}s" if seconds < 120 else f"{ceil(seconds / 60)}m"
