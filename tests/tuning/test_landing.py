"""A search lands within its budget, also on a machine that becomes slower: simulated, with a clock that tests move."""

import heapq
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from plans import SMALL_PLAN

from saccade.core.run_writing import write_json
from saccade.training.pace import TrainingPace
from saccade.tuning.jobs import Job, all_pairs_are_done, choose, finals, next_final, next_trial
from saccade.tuning.planning import lengths
from saccade.tuning.records import TrialResult
from saccade.tuning.search_folder import SearchFolder

PLAN = replace(SMALL_PLAN, budget=600, seeds=3, whole=None, longest=39, rungs=(13, 39), judging=1)
AS_ASKED = replace(PLAN, whole=30, longest=30, rungs=(10, 30))


class Trials:
    """What a study knows of its trials."""

    def __init__(self):
        self.count, self.unfinished = 0, []

    def ask(self, own):
        self.unfinished.append(self.count)
        self.count += 1
        return self.count - 1

    def tell(self, trial, score):
        self.unfinished.remove(trial)


class Machine:
    """Trains by the clock, or as long as a setting takes; all but a training that ends by the clock is slowed down."""

    def __init__(self, slowness=lambda time: 1.0, cost=lambda trial: 1.0):
        self.slowness, self.cost, self.rng = slowness, cost, np.random.default_rng(0)

    def seconds(self, plan, job, time):
        slow = self.slowness(time) * self.rng.uniform(0.9, 1.1)
        start, judging = 2 * slow, (1 * slow if job.rung is None and plan.has_trials else 0)
        if plan.is_timed(job.seconds):
            return max(job.seconds, start + 1) + 0.3 * slow + judging
        return min(job.most, job.seconds * self.cost(job.trial) * slow) + judging


class EndsBefore(Machine):
    """Ends most trainings before their time is over, as where what is still to be tried would take too long."""

    def seconds(self, plan, job, time):
        if job.trial % 3 == 2:
            return min(job.most, job.seconds * self.rng.uniform(1, 1.5))
        return 7 * self.slowness(time) * self.rng.uniform(0.9, 1.1) + (1.5 if job.rung is None else 0)


def searched(path, plan, machine, *, workers=1, began=20.0):
    """Return the second at which a search ends, and its pairs."""
    folder, trials, time = SearchFolder(path), Trials(), began
    present = [folder.join() for _ in range(workers)]
    busy, idle = [], list(range(workers))
    while True:
        while idle and (begun := _next(folder, trials, plan, plan.budget - time)):
            heapq.heappush(busy, (time + machine.seconds(plan, begun.job, time), idle.pop(), begun))
        if not busy:
            break
        time, worker, begun = heapq.heappop(busy)
        idle.append(worker)
        _keep(folder, trials, begun, time)
    assert all_pairs_are_done(folder, plan, 1)
    for each in present:
        each.release()
    compared = machine.slowness(time) * plan.judging if plan.has_trials else 0
    return time + compared, finals(folder, plan, 1)


def _next(folder, trials, plan, left):
    if folder.final_plan is None:
        if job := next_trial(folder, trials, plan, {}, left):
            return _begun(job, plan, left)
        if any(folder.is_claimed(path.stem) for path in (folder.path / "locks").glob("trial-*.lock")):
            return None
        folder.write_final_plan(choose(folder.results()))
    job = next_final(folder, plan, 1, left)
    return _begun(job, plan, left) if job else None


@dataclass(order=True)
class Begun:
    """A training, and the second at which it began."""

    at: float
    job: Job = field(compare=False)


def _begun(job, plan, left):
    return Begun(plan.budget - left, job)


def _keep(folder, trials, begun, time):
    job, taken = begun.job, time - begun.at
    score = 0.5 + 0.01 * (job.trial == 3)
    result = TrialResult(job.trial, job.rung, job.seed, {}, "val_accuracy", score, score, taken, job.seconds)
    write_json(folder.run(job.name).path / "trial.json", result.to_dict())
    if job.rung == 0:
        trials.tell(job.trial, score)
    job.lock.release()


@pytest.mark.parametrize(
    ("plan", "machine", "workers"),
    [
        pytest.param(PLAN, Machine(), 1, id="steady"),
        pytest.param(PLAN, Machine(slowness=lambda time: 1 + time / 200), 1, id="slower and slower"),
        pytest.param(PLAN, Machine(slowness=lambda time: 1 if time < 330 else 4), 1, id="four times slower at the end"),
        pytest.param(PLAN, Machine(slowness=lambda time: 3 if time < 330 else 1), 1, id="faster at the end"),
        pytest.param(PLAN, Machine(), 2, id="another process beside"),
        pytest.param(replace(PLAN, jobs=2, rungs=(13, 78), longest=78), Machine(), 2, id="two jobs"),
        pytest.param(AS_ASKED, Machine(), 1, id="as long as the recipe asks for"),
        pytest.param(AS_ASKED, Machine(slowness=lambda time: 1 if time < 400 else 1.8), 1, id="as asked, slower"),
        pytest.param(AS_ASKED, Machine(cost=lambda trial: 1 + 3 * (trial == 3)), 1, id="as asked, a slow winner"),
        pytest.param(AS_ASKED, Machine(cost=lambda trial: 1 + 9 * (trial > 1)), 1, id="as asked, slow settings"),
    ],
)
def test_a_search_ends_within_three_per_cent_of_its_budget(tmp_path, plan, machine, workers):
    ended, pairs = searched(tmp_path, plan, machine, workers=workers)
    assert len(pairs) >= 1
    assert ended <= 1.03 * plan.budget
    assert ended >= 0.97 * plan.budget


def short(budget, pace, *, judging=1):
    """Return the plan of a search that has only just the time for one."""
    found = lengths(pace, budget=budget, used=20, seeds=3, jobs=1, judging=judging)
    whole = None if pace.whole == float("inf") else pace.whole
    times = {"longest": found.longest, "rungs": found.rungs, "judging": judging, "whole": whole}
    return replace(SMALL_PLAN, budget=budget, seeds=found.pairs, seeds_asked=3, **times)


def of_budget(budget, whole):
    """Return the plan of a search on a machine that takes 2 s to start, 1.5 s an epoch and a second to judge."""
    found = lengths(TrainingPace(2, 1.5, whole), budget=budget, used=8, seeds=3, jobs=1, judging=1)
    times = {"longest": found.longest, "rungs": found.rungs, "judging": 1, "seeds": found.pairs, "seeds_asked": 3}
    return replace(SMALL_PLAN, budget=budget, whole=None if whole == float("inf") else whole, **times)


@pytest.mark.parametrize("budget", [45, 75, 100, 150, 300])
@pytest.mark.parametrize("slowness", [0.7, 1, 1.4])
def test_trainings_that_end_by_the_clock_use_a_short_budget(tmp_path, budget, slowness):
    machine = Machine(lambda time: slowness)
    ended, _ = searched(tmp_path, of_budget(budget, float("inf")), machine, began=8)
    assert 0.97 * budget <= ended <= 1.03 * budget


@pytest.mark.parametrize("budget", [150, 200, 300])
@pytest.mark.parametrize("slowness", [0.7, 1, 1.4])
def test_trainings_as_long_as_the_recipe_asks_for_leave_little_of_a_budget(tmp_path, budget, slowness):
    ended, _ = searched(tmp_path, of_budget(budget, 12), Machine(lambda time: slowness), began=8)
    assert 0.97 * budget <= ended <= 1.03 * budget


@pytest.mark.parametrize(
    ("plan", "machine"),
    [
        pytest.param(short(75, TrainingPace(2, 2, float("inf"))), Machine(), id="75 s"),
        pytest.param(short(55, TrainingPace(2, 2, float("inf"))), Machine(), id="just enough"),
        pytest.param(short(75, TrainingPace(2, 3, 30)), Machine(lambda time: 1.4), id="slower than measured"),
        pytest.param(short(75, TrainingPace(2, 2, 60)), Machine(lambda time: 1 + time / 150), id="slower and slower"),
    ],
)
def test_a_short_search_ends_within_three_per_cent_of_its_budget(tmp_path, plan, machine):
    ended, pairs = searched(tmp_path, plan, machine)
    assert len(pairs) >= 1
    assert 0.97 * plan.budget <= ended <= 1.03 * plan.budget


@pytest.mark.parametrize("slowness", [0.7, 1, 1.4])
@pytest.mark.parametrize("budget", [85, 120, 300])
def test_where_trainings_end_early_no_more_is_left_than_a_trial_and_what_judging_may_take(tmp_path, budget, slowness):
    found = lengths(TrainingPace(6, 3, float("inf")), budget=budget, used=7, seeds=1, jobs=1, judging=3.5)
    times = {"longest": found.longest, "rungs": found.rungs, "judging": 3.5, "seeds": found.pairs, "whole": None}
    plan = replace(SMALL_PLAN, budget=budget, **times)
    ended, _ = searched(tmp_path, plan, EndsBefore(lambda time: slowness), began=7)
    assert budget - found.rungs[0] - 3 * plan.judging <= ended <= 1.03 * budget


@pytest.mark.parametrize("budget", [110, 150, 180, 250])
@pytest.mark.parametrize("slowness", [0.7, 1, 1.4])
def test_a_budget_of_a_few_passes_over_many_images_is_used(tmp_path, budget, slowness):
    pace = TrainingPace(2, 31, 250, part=8)
    found = lengths(pace, budget=budget, used=20, seeds=1, jobs=1, judging=1.5)
    times = {"longest": found.longest, "rungs": found.rungs, "judging": 1.5, "seeds": 1, "needed": found.needed}
    plan = replace(SMALL_PLAN, budget=budget, whole=250, **times)
    ended, [trained] = searched(tmp_path, plan, Machine(lambda time: slowness))
    assert len(trained) == (2 if plan.has_trials else 1)
    assert 0.97 * budget <= ended <= 1.03 * budget


def test_there_are_fewer_pairs_where_the_machine_has_no_time_for_all(tmp_path):
    _, pairs = searched(tmp_path, PLAN, Machine(slowness=lambda time: 1 if time < 330 else 4))
    assert 1 <= len(pairs) <= 3
    for one, other in pairs:
        assert one.planned == other.planned
