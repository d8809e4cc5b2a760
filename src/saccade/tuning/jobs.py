"""Job: a training of a search, and which comes next; decided under the search's lock, so that nobody does one twice."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from filelock import FileLock

from saccade.tuning.expected_time import expected_seconds, reserved_seconds
from saccade.tuning.final_time import FinalTime, NextPair, rounds
from saccade.tuning.last_trial import next_length
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
        most: seconds after which it is given up, because the last trainings need the time; of a trial.
    """

    name: str
    trial: int
    rung: int | None
    seed: int | None
    seconds: float
    lock: FileLock
    most: float = math.inf


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
    if not plan.has_trials:
        return None
    results = folder.results()
    following = rounds(plan.seeds, folder.processes(plan.jobs))
    left -= reserved_seconds(results, plan, following)
    needed = [expected_seconds(results, seconds) for seconds in plan.rungs]
    for trial, rung in [*_left_behind(folder), *_earned(folder, results, plan)]:
        if needed[rung] > left and (trial, rung) != (0, 0):
            continue
        if job := _claimed(folder, trial, rung, plan.rungs[rung], left):
            return job
    for trial in study.unfinished:
        if result := folder.result(trial_name(trial, 0)):  # its process was killed before it could tell
            study.tell(trial, result.score)
        if not _is_begun(folder, trial) and (job := _claimed(folder, trial, 0, plan.rungs[0], left)):
            return job
    enough = plan.trials is not None and study.count >= plan.trials
    seconds = next_length(plan, left=left, needed=needed[0], rounds=following)
    if study.count < LEAST_TRIALS:
        seconds = plan.rungs[0]
    return None if enough or not seconds else _claimed(folder, study.ask(own), 0, seconds, left)


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


def _claimed(folder: SearchFolder, trial: int, rung: int, seconds: float, left: float) -> Job | None:
    name = trial_name(trial, rung)
    lock = folder.claim(name)
    most = math.inf if trial < LEAST_TRIALS else max(left, seconds)
    return Job(name, trial, rung, None, seconds, lock, most) if lock else None


def others_train(folder: SearchFolder) -> bool:
    """Say whether another process is at work on a trial."""
    names = {path.stem for path in (folder.path / "locks").glob("trial-*.lock")}
    return any(folder.result(name) is None and folder.is_claimed(name) for name in sorted(names))


def choose(results: list[TrialResult]) -> FinalPlan:
    """Return the best trial, which is to be compared with the recipe; the recipe alone where nothing else was tried."""
    known = scores(results)
    found = best_trial(known)
    if found is None:
        return FinalPlan(trial=0, rung=0, led_by=None, pairs=1)
    trial, rung = found
    led_by = known[rung][trial] - known[rung][0] if 0 in known[rung] else None
    return FinalPlan(trial, rung, led_by)


def next_final(folder: SearchFolder, plan: Plan, first_seed: int, left: float) -> Job | None:
    """Return the next of the last trainings, in pairs of equal length; None where all are done or others do them.

    Args:
        folder: of the search, whose lock is held, and in which a trial was chosen.
        plan: how many there are.
        first_seed: of the pairs; they have others than the search.
        left: seconds until the budget's end.
    """
    for who, seed in _wanted(final_plan(folder), plan, first_seed):
        name = final_name(who, seed)
        if folder.result(name) is None and (lock := folder.claim(name)):
            seconds = _pair_seconds(folder, plan, seed, first_seed, left)
            if seconds:
                return Job(name, 0 if who == RECIPE else final_plan(folder).trial, None, seed, seconds, lock)
            lock.release()
            return None
    return None


def final_plan(folder: SearchFolder) -> FinalPlan:
    """Return what is compared with the recipe, which is known by now."""
    found = folder.final_plan
    assert found is not None
    return found


def _wanted(final: FinalPlan, plan: Plan, first_seed: int) -> list[tuple[str, int]]:
    return [(who, seed) for seed in _seeds(final, plan, first_seed) for who in _compared(final)]


def _compared(final: FinalPlan) -> tuple[str, ...]:
    return (RECIPE,) if final.is_alone else (RECIPE, BEST)


def _seeds(final: FinalPlan, plan: Plan, first_seed: int) -> range:
    return range(first_seed, first_seed + final.pairs_of(plan))


def _pair_seconds(folder: SearchFolder, plan: Plan, seed: int, first_seed: int, left: float) -> float:
    """Return how long both of a pair train, planned when the first of them begins; 0: there is no time for it."""
    final = final_plan(folder)
    if str(seed) in final.seconds:
        return final.seconds[str(seed)]
    known = [each for pair in _known_finals(folder, plan, first_seed) for each in pair if each]
    time = FinalTime(plan, folder.results(), known, final.trial, folder.processes(plan.jobs), left)
    begun = len(final.seconds)
    found = (
        NextPair(time.alone(), 1) if final.is_alone else time.next_pair(final.pairs_of(plan) - begun, first=not begun)
    )
    seconds = {**final.seconds, str(seed): found.seconds} if found.pairs else final.seconds
    folder.write_final_plan(replace(final, seconds=seconds, pairs=begun + found.pairs))
    return found.seconds


def finals(folder: SearchFolder, plan: Plan, first_seed: int) -> list[tuple[TrialResult, ...]]:
    """Return the pairs of last trainings that are done, of recipe and winner; of the recipe alone where that is all."""
    known = (tuple(filter(None, pair)) for pair in _known_finals(folder, plan, first_seed))
    return [pair for pair in known if len(pair) == len(_compared(final_plan(folder)))]


def _known_finals(folder: SearchFolder, plan: Plan, first_seed: int) -> list[tuple[TrialResult | None, ...]]:
    final = final_plan(folder)
    seeds = _seeds(final, plan, first_seed)
    return [tuple(folder.result(final_name(who, seed)) for who in _compared(final)) for seed in seeds]


def all_pairs_are_done(folder: SearchFolder, plan: Plan, first_seed: int) -> bool:
    """Say whether nothing is left but to compare."""
    return len(finals(folder, plan, first_seed)) == final_plan(folder).pairs_of(plan)
