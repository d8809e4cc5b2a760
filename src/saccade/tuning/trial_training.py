"""From a job to its result: the recipe with the trial's changes, trained for its time as a run like any other."""

import gc
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saccade.core.backend import keras
from saccade.core.dataset import Dataset
from saccade.core.errors import DataError, RunError, SaccadeError, TrainingInterrupted
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.tasks import base
from saccade.training import racing
from saccade.training.progress import Progress
from saccade.tuning.held_out_half import HeldOutHalf
from saccade.tuning.jobs import Job
from saccade.tuning.judging import judge
from saccade.tuning.records import Plan, TrialResult
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.search_space import WAY

AFTER = 0.3
"""Seconds after a training, for its files."""


@dataclass
class TrialTrainer:
    """Trains what jobs ask for.

    Attributes:
        folder: of the search.
        recipe: that is to be made better, resolved.
        dataset: its data, without the rows that are kept back.
        held_out: those rows.
        plan: of the search.
    """

    folder: SearchFolder
    plan: Plan
    recipe: Recipe
    dataset: Dataset
    held_out: HeldOutHalf
    _others: dict[str, tuple[Recipe, Dataset]] = field(default_factory=dict)

    def train(self, job: Job, changes: Mapping[str, Any], progress: Progress) -> TrialResult:
        """Return how a job did; a training that fails is a result too, but for the recipe's own.

        Raises:
            TrainingInterrupted: stopped by the user; goes on when the search does.
            SaccadeError: the recipe itself cannot be trained.
        """
        began = time.monotonic()
        known = self.folder.result(job.name)
        if known:
            return known
        try:
            return self._train(job, changes, progress, began)
        except TrainingInterrupted:
            raise
        except (SaccadeError, ArithmeticError, MemoryError) as error:
            if job.trial == 0:
                raise
            taken = round(time.monotonic() - began, 1)
            failed = TrialResult(
                job.trial, job.rung, job.seed, dict(changes), seconds=taken, planned=job.seconds, error=str(error)
            )
            self.folder.keep_failure(job.name, failed)
            return failed
        finally:
            keras.utils.clear_session()
            gc.collect()

    def _train(self, job: Job, changes: Mapping[str, Any], progress: Progress, began: float) -> TrialResult:
        run = self.folder.run(job.name)
        finished = run.has_manifest and run.manifest["status"] == "finished"
        timed = job.seconds if self.plan.is_timed(job.seconds) else None
        recipe, dataset = self.prepared(changes, seed=job.seed, seconds=timed)
        if not finished and run.knows_its_data:
            racing.resume(run, dataset, progress=progress, export=False)
        elif not finished:
            self.folder.forget(run)
            run = racing.train(recipe, dataset, folder=run.path, progress=progress, began=began, export=False)
        measure, value, score = measured(run, dataset, as_a_race=WAY in self.plan.space)
        if job.rung is None and self.plan.rows[1]:
            judge(run, dataset, self.held_out, data=self.recipe.data, copy=self.folder.judged(job.name))
        seconds = round(max(float(run.manifest["seconds"]), time.monotonic() - began), 2)
        learning = sum(float(row.get("seconds", 0)) for row in run.history)
        how_good, took = (measure, value, score), (seconds, job.seconds)
        result = TrialResult(job.trial, job.rung, job.seed, dict(changes), *how_good, *took, learning=learning)
        run.save(result)
        return result

    def prepared(
        self, changes: Mapping[str, Any], *, seed: int | None = None, seconds: float | None = None
    ) -> tuple[Recipe, Dataset]:
        """Return the recipe with some changes and its data, in the splits that the search sees.

        Args:
            changes: by setting; `WAY` chooses one of the task's ways to train.
            seed: in place of the recipe's.
            seconds: that the training may take; None: as long as the recipe says.
        """
        settings = {name: value for name, value in changes.items() if name != WAY}
        timed = {} if seconds is None else {"budget": max(1.0, seconds - AFTER)}
        seeded = {} if seed is None else {"seed": seed}
        recipe = self.recipe.asked_for(**settings).changed(search={}, **seeded)
        recipe, dataset = self._with_data(recipe, settings)
        if WAY in changes:
            task = base.named(recipe.task, dataset.modality)
            ways = {each.name: each for each in task.contenders(recipe, dataset)}
            recipe, dataset = ways[changes[WAY]].prepare(None)
        return recipe.changed(**timed), dataset

    def _with_data(self, recipe: Recipe, settings: Mapping[str, Any]) -> tuple[Recipe, Dataset]:
        """Return the data for settings, loaded again only where one may concern them; remembered."""
        concerned = {name: value for name, value in settings.items() if _concerns_data(type(recipe), name)}
        if not concerned:
            return recipe, self.dataset
        key = repr(sorted(concerned.items()))
        if key not in self._others:
            found, dataset = base.prepare(self.recipe.changed(search={}, **concerned), quiet=True)
            self._others[key] = found, self.held_out.without(dataset)
        return recipe, self._others[key][1]


def measured(run: Run, dataset: Dataset, *, as_a_race: bool = False) -> tuple[str, float, float]:
    """Return how good a finished run is on the rows that the search sees: the measure, its value, and the score.

    Args:
        run: finished.
        dataset: the data that it was trained on.
        as_a_race: by the measure that chooses between several ways to train, which is the same for all of them.

    Raises:
        DataError: nothing can be measured there.
    """
    task = base.for_run(run)
    if found := task.search_score(run, dataset):
        return found[0], found[1], found[1]
    manifest = run.manifest
    monitor, best = task.monitor if as_a_race else str(manifest["monitor"]), manifest["best"]
    if manifest["status"] != "finished":
        raise RunError(f"{run.path} did not finish: {manifest.get('error', '')}")
    if monitor not in best:
        raise DataError(f"Nothing on validation says how good {run.path} is, so settings cannot be compared.")
    value = float(best[monitor])
    return monitor, value, value if task.monitor_mode == "max" else -value


def _concerns_data(kind: type[Recipe], name: str) -> bool:
    """Say whether a setting may change what is read: it is a modality's, and not one of its changes in training."""
    owner = next((each for each in reversed(kind.__mro__) if name in getattr(each, "model_fields", {})), Recipe)
    return "modalities" in owner.__module__
