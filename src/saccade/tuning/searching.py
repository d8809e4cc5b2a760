"""Search: the whole way from a recipe to a better one, or to the word that there is none."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from saccade.core.data_identity import source_hash
from saccade.core.dataset import Dataset
from saccade.core.errors import RunError, not_installed
from saccade.core.recipe import Recipe
from saccade.core.shell_words import shell_word
from saccade.tasks import base
from saccade.training.pace import TrainingPace, measure_pace
from saccade.tuning import jobs
from saccade.tuning.clock import SearchClock
from saccade.tuning.dimension import Dimension, dimension
from saccade.tuning.held_out_half import HeldOutHalf
from saccade.tuning.jobs import Job
from saccade.tuning.last_word import compare, recipe_alone
from saccade.tuning.planning import lengths
from saccade.tuning.records import Plan
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.search_progress import SearchProgress, Ticking
from saccade.tuning.search_space import search_space, value_of
from saccade.tuning.trial_training import TrialTrainer
from saccade.tuning.verdict import Verdict
from saccade.tuning.workers import Workers

if TYPE_CHECKING:
    from saccade.tuning.study import Study

QUIET = SearchProgress()
WAITING = 0.2
"""Seconds between two looks at what other processes do."""

MOST_FAILURES = 10
"""Trials that fail, and none that does not, after which a search gives up."""

UNKNOWN_START = 6.0
"""Seconds that a training takes to start where its network is not known in advance."""


@dataclass(frozen=True)
class Options:
    """How to search.

    Attributes:
        budget: seconds, of all of it.
        trials: at most so many; None: as many as fit.
        seeds: pairs of last trainings of recipe and winner, at most.
        jobs: processes that train side by side.
    """

    budget: float
    trials: int | None = None
    seeds: int = 3
    jobs: int = 1


def begin(folder: SearchFolder, recipe: Recipe, dataset: Dataset, options: Options, *, began: float) -> None:
    """Plan a search and write what it is about; nothing is left in the folder when it cannot be done.

    Args:
        folder: new and empty.
        recipe: resolved.
        dataset: its data.
        options: how to search.
        began: when the work on it began, by `time.monotonic`: the budget counts from there.

    Raises:
        RecipeError: the time is too short, or a setting cannot be searched.
        DataError: there are too few rows to choose by.
    """
    task = base.named(recipe.task, dataset.modality)
    space = search_space(recipe, dataset)
    open_study(folder, space, seed=recipe.seed)
    held_out = HeldOutHalf.of(dataset, task.tuning_split, seed=recipe.split_seed)
    seen = held_out.without(dataset)
    for half in (seen, held_out.alone(dataset)):
        task.refuse_search(half)
    pace = _pace(recipe, seen)
    judging = _judging_seconds(pace)
    found = lengths(
        pace,
        budget=options.budget,
        used=time.monotonic() - began,
        seeds=options.seeds,
        jobs=options.jobs,
        judging=judging,
    )
    plan = Plan(
        task=recipe.task,
        data=dataset.source,
        content_hash=dataset.content_hash,
        budget=options.budget,
        trials=options.trials,
        seeds=found.pairs,
        seeds_asked=options.seeds,
        jobs=options.jobs,
        space={each.name: each.to_plain() for each in space},
        split=task.tuning_split,
        rows=_rows(dataset, held_out) if found.rungs else (len(_of(dataset, held_out.split)), 0),
        whole=pace.whole if pace.whole < float("inf") else None,
        longest=found.longest,
        rungs=found.rungs,
        judging=judging,
        needed=found.needed,
    )
    folder.begin(recipe, plan)


def open_study(folder: SearchFolder, dimensions: Sequence[Dimension], *, seed: int) -> "Study":
    """Return what knows the trials of a search; raises MissingPackageError where Optuna, an extra, is not installed."""
    try:
        from saccade.tuning.study import Study  # noqa: PLC0415  (an extra, which only a search needs)
    except ModuleNotFoundError as error:
        raise not_installed(error.name or "") from error
    return Study(folder.journal, dimensions, seed=seed)


def _rows(dataset: Dataset, held_out: HeldOutHalf) -> tuple[int, int]:
    """Return how many rows the search sees, and how many are kept back."""
    return len(_of(dataset, held_out.split)) - len(held_out.names), len(held_out.names)


def _of(dataset: Dataset, split: str) -> list[Any]:
    return [row for row in dataset.split_rows() if row[2] == split]


def _pace(recipe: Recipe, dataset: Dataset) -> TrainingPace:
    """Return how long a training takes; where the task tries several ways, only that it takes what it is given."""
    task = base.named(recipe.task, dataset.modality)
    if task.contenders(recipe, dataset):
        return TrainingPace(UNKNOWN_START, UNKNOWN_START / 2, float("inf"))
    return measure_pace(recipe, dataset)


def _judging_seconds(pace: TrainingPace) -> float:
    """Return about how long it takes to look at a trained network: to load it, compile it and ask it."""
    return 0.5 + pace.starting / 2


def search(
    folder: SearchFolder,
    dataset: Dataset,
    *,
    began: float | None = None,
    progress: SearchProgress = QUIET,
    helpers: Workers | None = None,
) -> Verdict | None:
    """Return how a search ended, going on where it was stopped; None where another process says the last word.

    Args:
        folder: of a search that was begun.
        dataset: its data.
        began: when this process began to work on it, by `time.monotonic`; None: now.
        progress: hears what happens.
        helpers: processes that this one has begun at its side; what dies of them is said.

    Raises:
        RunError: it is finished, or the data are others.
        TrainingInterrupted: stopped by the user; goes on when it is asked for again.
        SaccadeError: the recipe itself cannot be trained.
    """
    if folder.verdict:
        raise RunError(
            f"{folder.path} is finished. Train what it found: saccade train {shell_word(folder.best_recipe)}"
        )
    plan, recipe = folder.plan, folder.recipe
    refuse_other_data(folder, dataset)
    held_out = HeldOutHalf.of(dataset, plan.split, seed=recipe.split_seed)
    seen = held_out.without(dataset) if plan.has_trials else dataset  # what nothing is judged by need not be kept back
    trainer = TrialTrainer(folder, plan, recipe, seen, held_out)
    clock = SearchClock(folder, used=0.0 if began is None else time.monotonic() - began)
    progress.planned(folder.path, plan, folder.results())
    present = folder.join()
    try:
        return _Search(folder, plan, trainer, clock, progress, helpers).run()
    finally:
        present.release()
        clock.close()


def refuse_other_data(folder: SearchFolder, dataset: Dataset) -> None:
    """Raise RunError where data are not those that a search was begun with."""
    if source_hash(dataset.content_hash) != source_hash(folder.plan.content_hash):
        raise RunError(
            f"The data in {dataset.source} have changed since {folder.path} was begun, so trials could not be compared."
            " Put the old data back, or begin a new search."
        )


class _Search:
    """One process at work on a search."""

    def __init__(
        self,
        folder: SearchFolder,
        plan: Plan,
        trainer: TrialTrainer,
        clock: SearchClock,
        progress: SearchProgress,
        helpers: Workers | None,
    ) -> None:
        self._folder, self._plan, self._trainer, self._clock = folder, plan, trainer, clock
        self._helpers = helpers
        self._progress, self._recipe = progress, trainer.recipe
        self._dimensions = tuple(dimension(name, said) for name, said in plan.space.items())
        self._own = {each.name: value_of(self._recipe, each.name) for each in self._dimensions}
        self._first_seed = self._recipe.seed + 1

    def run(self) -> Verdict | None:
        """Train trials, then recipe and winner, until all is done; return the last word where it is this process's."""
        while (job := self._next_job()) is not None:
            self._do(job)
        return self._end() if self._clock.leads and not self._folder.verdict else None

    @property
    def _left(self) -> float:
        return self._plan.budget - self._clock.used

    def _glance(self) -> None:
        """Say which helpers have died."""
        for sentence in self._helpers.news() if self._helpers else ():
            self._progress.note(sentence)

    def _study(self) -> "Study":
        return open_study(self._folder, self._dimensions, seed=self._recipe.seed)

    def _next_job(self) -> Job | None:
        """Return what to train next, waiting for others where that depends on them; None: nothing is left to do."""
        while not self._folder.verdict:
            with self._folder.locked():
                job, waiting = self._decide()
            if job or not waiting:
                return job
            self._clock.tick()
            self._glance()
            self._progress.waited(used=self._clock.used)
            time.sleep(WAITING)
        return None

    def _decide(self) -> tuple[Job | None, bool]:
        """Return a job, or none and whether others are at work on what has to be waited for."""
        if self._folder.final_plan is None:
            self._refuse_hopeless()
            job = jobs.next_trial(self._folder, self._study(), self._plan, self._own, self._left)
            if job:
                return job, False
            if jobs.others_train(self._folder):
                return None, True
            self._choose()
        job = jobs.next_final(self._folder, self._plan, self._first_seed, self._left)
        return job, job is None and not jobs.all_pairs_are_done(self._folder, self._plan, self._first_seed)

    def _refuse_hopeless(self) -> None:
        results = self._folder.results()
        failed = [each for each in results if each.error]
        if len(failed) >= MOST_FAILURES and len(results) - len(failed) <= 1:
            raise RunError(f"{len(failed)} trials failed, and none did not. The last: {failed[-1].error}")

    def _choose(self) -> None:
        final = jobs.choose(self._folder.results())
        if final.is_alone:
            self._folder.write_final_plan(final)
            self._tell_why_alone()
            return
        study = self._study()
        final = replace(final, importances=study.importances())
        self._folder.write_final_plan(final)
        self._progress.chosen(final, study.values(final.trial))

    def _tell_why_alone(self) -> None:
        """Say why the recipe has nothing to be compared with, where trials were planned."""
        if not self._plan.has_trials:
            return
        failed = [each.error for each in self._folder.results() if each.error]
        why = f" What else was tried failed: {failed[-1]}" if failed else ""
        self._progress.note(f"Nothing but the recipe was trained in time; it is trained with what is left.{why}")

    def _do(self, job: Job) -> None:
        try:
            changes = self._study_values(job)
            self._progress.job_started(job, changes, used=self._clock.used)
            heard = Ticking(self._clock, self._progress, most=job.most, glance=self._glance)
            result = self._trainer.train(job, changes, heard)
            if job.rung == 0:
                with self._folder.locked():
                    self._study().tell(job.trial, result.score)
            self._clock.tick()
            self._glance()
            self._progress.job_done(job, result, used=self._clock.used)
        finally:
            job.lock.release()

    def _study_values(self, job: Job) -> dict[str, Any]:
        with self._folder.locked():
            return self._study().values(job.trial)

    def _end(self) -> Verdict:
        """Compare recipe and winner, and write what was found."""
        final = jobs.final_plan(self._folder)
        judge = recipe_alone if final.is_alone else compare
        verdict = judge(self._folder, self._plan, final, self._first_seed)
        best, _ = self._trainer.prepared(verdict.changes)
        self._folder.finish(verdict, best, importances=final.importances, seconds=self._clock.used)
        return verdict
