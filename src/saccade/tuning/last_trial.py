"""How long the last trials are: cut by the clock where the time that is left for trials is no multiple of one.

The last trainings become longer where time is left for them, until they are as long as the recipe asks for. From there
on, what is left of the trials' time would be lost: two last trials share what is enough for one and a half, or one
takes what is not enough for a whole one. A trial that is cut off is judged where its schedule ends, as any that is
timed; it can only win by being better with less time than the others.
"""

from saccade.tuning.final_time import SHORTER, longest_timed
from saccade.tuning.records import Plan

WORTH = 0.015
"""Of the budget: less than that may be left over."""

BARELY = 1.2
"""Trials for which there is time, below which one is trained whole."""


def next_length(plan: Plan, *, left: float, needed: float, rounds: int) -> float:
    """Return how many seconds the next of the shortest trials trains; 0 where there is no time for one.

    Args:
        plan: of the search.
        left: seconds of the trials, without those that are kept for the last trainings.
        needed: seconds that one is expected to take.
        rounds: last trainings that follow each other.
    """
    whole = plan.rungs[0] if needed <= left else 0.0
    lost = left - rounds * max(0.0, longest_timed(plan) - plan.longest)
    count = max(0.0, lost / needed)
    if count >= 2 or lost - needed * int(count) < WORTH * plan.budget or (whole and count < 1):
        return whole
    each = lost / 2 if count >= BARELY else lost
    return each if SHORTER * plan.rungs[0] <= each < plan.rungs[0] else whole
