"""Job: a training of a search, and which comes next; decided under the search's lock, so that nobody does one twice."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from saccade.tuning.expected_time import expected_seconds, reserved_seconds
from saccade.tuning.records import FinalPlan, Plan, TrialResult
from saccade.tuning.rungs import best_trial, promotable
from saccade.tuning.search_folder import SearchFolder

if TYPE_CHECKING:
    from saccade.tuning.study import Study

RECIPE, BEST = "recipe", "best"
LEAST_TRIALS = 2
"""The recipe and another: without them there is nothing to compare, however late it is."""


@dataclass(frozen=True)
class Job:
    """A training that is to be done.

    Attributes:
        name: of its run.
        trial: its number.
        rung: 0 the shortest; None of the last trainings.
        seed: of a last training.
        seconds: that it takes.
        lock: that this process holds until it is done.
    """

    name: str
    trial: int
    rung: int | None
    seed: int | None
    seconds: float
    lock: FileLock


def trial_name(trial: int, rung: int) -> str:
    """Return the name of a trial's run."""
    return f"trial-{trial:04}-rung{rung}"


def final_name(who: str, seed: int) -> str:
    """Return the name of a last training's run: of the recipe, or of the best trial."""
    return f"final-{who}-seed{seed}"


def next_trial(folder: SearchFolder, study: "Study", plan: Plan, own: dict[str, object], left: float) -> Job | None:
    """Return the next training of the search: one that a killed process left, a promotion, or a new trial.

    Args:
        folder: of the search, whose lock is held.
        study: what to try.
        plan: how long.
        own: what the recipe says of each setting.
        left: seconds of the budget; None is returned where they are too few for what comes next.
    """
    results = folder.results()
    left -= reserved_seconds(results, plan)
    needed = [expected_seconds(results, plan, seconds) for seconds in plan.rungs]
    for trial, rung in [*_left_behind(folder), *_earned(folder, results, plan)]:
        if needed[rung] > left and (trial, rung) != (0, 0):
            continue
        if job := _claimed(folder, trial, rung, plan.rungs[rung]):
            return job
    for trial in study.unfinished:
        if result := folder.result(trial_name(trial, 0)):  # its process was killed before it could tell
            study.tell(trial, result.score)
        if not _is_begun(folder, trial) and (job := _claimed(folder, trial, 0, plan.rungs[0])):
            return job
    enough = plan.trials is not None and study.count >= plan.trials
    if enough or (needed[0] > left and study.count >= LEAST_TRIALS):
        return None
    trial = study.ask(own)
    return _claimed(folder, trial, 0, plan.rungs[0])


def _left_behind(folder: SearchFolder) -> Iterator[tuple[int, int]]:
    for path in sorted((folder.path / "trials").glob("trial-*-rung*")):
        if path.is_dir() and folder.result(path.name) is None:
            _, trial, rung = path.name.split("-")
            yield int(trial), int(rung.removeprefix("rung"))


def _is_begun(folder: SearchFolder, trial: int) -> bool:
    name = trial_name(trial, 0)
    return folder.run(name).path.exists() or folder.result(name) is not None


def _earned(folder: SearchFolder, results: list[TrialResult], plan: Plan) -> Iterator[tuple[int, int]]:
    begun = {(each.trial, each.rung) for each in results if each.rung is not None}
    begun |= set(_left_behind(folder))
    while (found := promotable(scores(results), begun, len(plan.rungs))) is not None:
        begun.add(found)
        yield found


def scores(results: list[TrialResult]) -> dict[int, dict[int, float]]:
    """Return by rung, by trial, the score of what did not fail."""
    found: dict[int, dict[int, float]] = {}
    for each in results:
        if each.rung is not None and each.score is not None:
            found.setdefault(each.rung, {})[each.trial] = each.score
    return found


def _claimed(folder: SearchFolder, trial: int, rung: int, seconds: float) -> Job | None:
    name = trial_name(trial, rung)
    lock = folder.claim(name)
    return Job(name, trial, rung, None, seconds, lock) if lock else None


def others_train(folder: SearchFolder) -> bool:
    """Say whether another process is at work on a trial."""
    names = {path.stem for path in (folder.path / "locks").glob("trial-*.lock")}
    return any(folder.result(name) is None and folder.is_claimed(name) for name in sorted(names))


def choose(results: list[TrialResult]) -> FinalPlan | None:
    """Return the best trial, which is to be compared with the recipe; None where only the recipe was tried."""
    known = scores(results)
    found = best_trial(known)
    if found is None:
        return None
    trial, rung = found
    led_by = known[rung][trial] - known[rung][0] if 0 in known[rung] else None
    return FinalPlan(trial, rung, led_by)


def next_final(folder: SearchFolder, plan: Plan, final: FinalPlan, first_seed: int, left: float) -> Job | None:
    """Return the next of the last trainings, in pairs of equal length; None where all are done or others do them.

    Args:
        folder: of the search, whose lock is held.
        plan: how many there are.
        final: of which trial.
        first_seed: of the pairs; they have others than the search.
        left: seconds until the budget's end.
    """
    seeds = range(first_seed, first_seed + plan.seeds)
    wanted = [(who, seed) for seed in seeds for who in (RECIPE, BEST)]
    todo = [(who, seed) for who, seed in wanted if folder.result(final_name(who, seed)) is None]
    for who, seed in todo:
        name = final_name(who, seed)
        if lock := folder.claim(name):
            seconds = _pair_seconds(folder, plan, final, seed, rounds=-(-len(todo) // plan.jobs), left=left)
            return Job(name, 0 if who == RECIPE else final.trial, None, seed, seconds, lock)
    return None


def _pair_seconds(folder: SearchFolder, plan: Plan, final: FinalPlan, seed: int, *, rounds: int, left: float) -> float:
    """Return how long both of a pair train: an equal part of what is left, and no longer than the recipe asks for."""
    if str(seed) in final.seconds:
        return final.seconds[str(seed)]
    if plan.as_long_as_asked:
        return plan.longest
    late = _lateness(folder, plan)
    left -= plan.judging  # for the comparison of all of them
    seconds = max(plan.rungs[0], min(plan.whole or math.inf, left / rounds - late))
    known = folder.final_plan or final
    folder.write_final_plan(
        FinalPlan(known.trial, known.rung, known.led_by, {**known.seconds, str(seed): round(seconds, 2)})
    )
    return round(seconds, 2)


def _lateness(folder: SearchFolder, plan: Plan) -> float:
    """Return the seconds that a last training takes beyond its plan: as those before it did, to be judged included."""
    names = [path.name for path in (folder.path / "finals").glob("final-*") if path.is_dir()]
    known = [each for name in names if (each := folder.result(name)) and each.planned]
    if known:
        return sum(each.seconds - each.planned for each in known) / len(known)
    return reserved_seconds(folder.results(), plan) / plan.rounds - plan.longest


def finals(folder: SearchFolder, plan: Plan, first_seed: int) -> list[tuple[TrialResult, TrialResult]]:
    """Return the pairs of last trainings that are done, of recipe and winner."""
    pairs = []
    for seed in range(first_seed, first_seed + plan.seeds):
        one, other = (folder.result(final_name(who, seed)) for who in (RECIPE, BEST))
        if one and other:
            pairs.append((one, other))
    return pairs
