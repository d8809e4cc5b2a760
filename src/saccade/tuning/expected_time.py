"""How long the next training will take: as planned, corrected by how those before kept to their plan.

A machine that others use is not as fast as it was when the plan was made, and a start costs what it costs.
"""

from collections.abc import Sequence
from math import inf

from saccade.tuning.records import Plan, TrialResult

RECENT = 4
"""Trainings that are looked at: what was long ago says little of the machine now."""


def expected_seconds(results: Sequence[TrialResult], seconds: float) -> float:
    """Return how long a trial takes that is planned to take so many seconds.

    Args:
        results: of trials, in any order.
        seconds: as planned.
    """
    alike = [each for each in _known(results) if each.rung is not None]
    same = [each for each in alike if abs(each.planned - seconds) < 0.01 * seconds] or alike
    return max(0.2 * seconds, seconds + lateness(same))


def lateness(results: Sequence[TrialResult]) -> float:
    """Return by how many seconds the last of some trainings took longer than planned; 0 where there are none."""
    recent = sorted(_known(results), key=lambda each: (each.seed or 0, each.trial))[-RECENT:]
    return sum(each.seconds - each.planned for each in recent) / max(1, len(recent))


def mean_seconds(results: Sequence[TrialResult]) -> float:
    """Return how long some trainings took."""
    return sum(each.seconds for each in results) / len(results)


def reserved_seconds(results: Sequence[TrialResult], plan: Plan, rounds: int) -> float:
    """Return what is kept for the last trainings, of which so many follow each other, and their comparison.

    How much longer others take than the recipe, where trainings do not end by the clock, changes nothing: where a
    winner is too slow for the time, the last trainings do end by it. Where nobody can say in advance how long the
    recipe takes, as where it tries several ways to train, recipe and best trial are what says it: such trainings may
    end long before their time is over.
    """
    alike = [each for each in results if each.trial == 0 or plan.is_timed(each.planned)]
    if plan.whole is None:
        best = max((each for each in alike if each.trial and each.score is not None), key=_score, default=None)
        alike = [each for each in alike if each.trial in {0, best.trial if best else 0}]
    return rounds * (expected_seconds(alike, plan.longest) + plan.judging) + plan.judging


def _score(result: TrialResult) -> float:
    return result.score if result.score is not None else -inf


def _known(results: Sequence[TrialResult]) -> list[TrialResult]:
    return [each for each in results if each.planned and not each.error]
