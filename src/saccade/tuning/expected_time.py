"""How long the next training will take: as planned, corrected by how those before kept to their plan.

A machine that others use is not as fast as it was when the plan was made, and a start costs what it costs.
"""

from collections.abc import Sequence

from saccade.tuning.records import Plan, TrialResult

RECENT = 4
"""Trainings that are looked at: what was long ago says little of the machine now."""


def expected_seconds(results: Sequence[TrialResult], plan: Plan, seconds: float) -> float:
    """Return how long a trial takes that is planned to take so many seconds.

    Args:
        results: of trials, in any order.
        plan: of the search.
        seconds: as planned.
    """
    alike = [each for each in results if each.rung is not None and each.planned and not each.error]
    same = [each for each in alike if abs(each.planned - seconds) < 0.01 * seconds] or alike
    if not same:
        return seconds
    recent = sorted(same, key=lambda each: each.trial)[-RECENT:]
    late = [each.seconds - each.planned for each in recent]
    return max(0.2 * seconds, seconds + sum(late) / len(late))


def reserved_seconds(results: Sequence[TrialResult], plan: Plan) -> float:
    """Return what is kept for the last trainings and the comparison."""
    return plan.rounds * (expected_seconds(results, plan, plan.longest) + plan.judging)
