"""The last word of a search: how its winner compares with the recipe, or how the recipe does that was trained alone."""

from collections.abc import Iterator, Sequence

from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.tasks import base
from saccade.tuning import jobs
from saccade.tuning.planning import said
from saccade.tuning.records import FinalPlan, Plan, TrialResult
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.verdict import Verdict, mean_lead


def recipe_alone(folder: SearchFolder, plan: Plan, final: FinalPlan, first_seed: int) -> Verdict:
    """Return how the recipe does where it has nothing to be compared with."""
    ((own,),) = jobs.finals(folder, plan, first_seed)
    return Verdict(
        trial=final.trial,
        changes={},
        measure=own.measure,
        seeds=1,
        seconds=own.seconds,
        rows=plan.rows[1],
        lead=MetricValue(None),
        leads=(),
        led_by=None,
        retrained=0.0,
        best_run=str(folder.run(jobs.final_name(jobs.RECIPE, first_seed)).path),
        remarks=tuple(_remarks_alone(plan, own)),
    )


def _remarks_alone(plan: Plan, own: TrialResult) -> Iterator[str]:
    yield f"{own.measure} {own.value:.4f} on {plan.rows[0]:,} {plan.split} rows, by which its epoch was chosen."
    if plan.needed:
        yield f"A search of these data takes --budget {said(plan.needed)} or more on this machine."


def compare(folder: SearchFolder, plan: Plan, final: FinalPlan, first_seed: int) -> Verdict:
    """Return how the winner compares with the recipe, pair by pair, on the rows that were kept back.

    Raises:
        RunError: a last training failed, or the task has nothing to compare by.
    """
    pairs = [(one, other) for one, other in jobs.finals(folder, plan, first_seed)]
    if failed := next((each for pair in pairs for each in pair if each.error), None):
        raise RunError(f"Trial {failed.trial} could be trained in the search and not again: {failed.error}")
    names = [
        tuple(jobs.final_name(who, seed) for who in (jobs.RECIPE, jobs.BEST))
        for seed in range(first_seed, first_seed + final.pairs_of(plan))
    ]
    task = base.for_run(folder.run(names[0][0]))
    judged = [(folder.judged(one), folder.judged(other)) for one, other in names]
    leads = [task.compare(one, other).lead for one, other in judged]
    gains = [(other.score or 0.0) - (one.score or 0.0) for one, other in pairs]
    best = max(range(len(pairs)), key=lambda place: pairs[place][1].score or 0.0)
    return Verdict(
        trial=final.trial,
        changes=pairs[0][1].changes,
        measure=pairs[0][1].measure,
        seeds=len(pairs),
        seconds=sum(each.seconds for pair in pairs for each in pair) / (2 * len(pairs)),
        rows=plan.rows[1],
        lead=mean_lead(leads),
        leads=tuple(each.value or 0.0 for each in leads),
        led_by=final.led_by,
        retrained=sum(gains) / len(gains),
        best_run=str(folder.run(names[best][1]).path),
        remarks=task.search_remarks(judged),
        learnt=_learnt(pairs, folder.results(), final),
    )


def _learnt(
    pairs: Sequence[tuple[TrialResult, TrialResult]], trials: Sequence[TrialResult], final: FinalPlan
) -> float | None:
    """Return how long the last trainings learnt beside the trials of the same settings, at least."""
    before = {each.trial: each.learning for each in trials if each.rung == final.rung}
    shares = [each.learning / before[each.trial] for pair in pairs for each in pair if before.get(each.trial)]
    return min(shares, default=None)
