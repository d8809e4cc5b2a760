"""From a recipe to a finished run, where several ways to train are tried and the validation split chooses."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from saccade.core import backend, device
from saccade.core.dataset import Dataset
from saccade.core.errors import RunError, TrainingInterrupted
from saccade.core.held_data import holding
from saccade.core.pending_audit import PendingAudit
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.export.after_training import export_after_training
from saccade.inference.held_network import holding_network
from saccade.tasks import base
from saccade.training import fitting
from saccade.training.audit_watch import watching
from saccade.training.contender import Contender, Entry, Race
from saccade.training.distributed import world
from saccade.training.fitting import QUIET
from saccade.training.keeping_budget import tell_budget
from saccade.training.progress import Progress
from saccade.training.seed_sweep import Sweep
from saccade.training.time_budget import Outcome


@device.on_its_device(lambda recipe: recipe.device)
def train(
    recipe: Recipe,
    dataset: Dataset,
    *,
    runs: Path = Path("runs"),
    folder: Path | None = None,
    progress: Progress = QUIET,
    callbacks: Sequence[Any] = (),
    audit: Mapping[str, Any] | PendingAudit | None = None,
    sweep: Sweep | None = None,
    began: float | None = None,
    export: bool = True,
) -> Run:
    """Return the finished run of a recipe on prepared data: of the best of the task's contenders, or of the recipe.

    Arguments and errors as for `fitting.train`; `export` says whether the run gets, at its end, what it takes
    to be used: what the task completes it with, and a model.onnx.
    """
    task = base.named(recipe.task, dataset.modality)
    new: dict[str, Any] = {"runs": runs, "folder": folder, "audit": audit, "sweep": sweep}
    with watching(audit, progress) as own, holding_network():
        callbacks = [*own, *callbacks]
        if contenders := task.contenders(recipe, dataset):
            run = fitting.begin(recipe, dataset, **new)
            dataset = _race(run, task, contenders, progress, callbacks, began=began)
        else:
            run = fitting.train(recipe, dataset, progress=progress, callbacks=callbacks, began=began, **new)
        if export and world.current().is_first:
            _complete(run, task, dataset, progress)
    return run


@device.on_its_device(lambda run: run.recipe.device)
def resume(
    run: Run,
    dataset: Dataset,
    *,
    progress: Progress = QUIET,
    callbacks: Sequence[Any] = (),
    audit: Mapping[str, Any] | PendingAudit | None = None,
    export: bool = True,
) -> Run:
    """Go on with a run that was interrupted or killed, to the same weights as if it never was; errors as `fitting`.

    Where the run still waits for an audit of its data, it gets this one.
    """
    task = base.for_run(run)
    with watching(audit, progress) as own, holding_network():
        callbacks = [*own, *callbacks]
        if audit is not None and run.awaits_audit:
            fitting.keep_audit(run, audit)
        if contenders := task.contenders(run.recipe, dataset):
            dataset = _race(run, task, contenders, progress, callbacks)
        else:
            fitting.resume(run, dataset, progress=progress, callbacks=callbacks)
        if export and world.current().is_first:
            _complete(run, task, dataset, progress)
    return run


def _complete(run: Run, task: base.Task, dataset: Dataset, progress: Progress) -> None:
    with holding(dataset):
        task.complete(run, dataset)
        export_after_training(run, note=progress.note)


def _race(
    run: Run,
    task: base.Task,
    contenders: Sequence[Contender],
    progress: Progress,
    callbacks: Sequence[Any],
    *,
    began: float | None = None,
) -> Dataset:
    """Let the contenders train, make the run what the best has become, and return the data as that takes them."""
    with run.locked():
        asked = run.recipe.budget  # the recipe that is adopted has its own
        earlier = float(run.manifest.get("seconds", 0))
        started = time.monotonic() if began is None else began

        def seconds() -> float:
            return round(earlier + time.monotonic() - started, 1)

        def end(status: str, **entries: Any) -> None:
            run.write_manifest(status=status, seconds=seconds(), monitor=task.monitor, **entries)

        run.write_manifest(status="running", versions=backend.describe())
        entries = list[Entry]()
        try:
            for contender in contenders:
                left = None if run.recipe.budget is None else run.recipe.budget - seconds()
                entries.append(_entered(run, task, contender, entries, left, progress, callbacks))
        except (TrainingInterrupted, KeyboardInterrupt) as stop:
            _keep_best_so_far(run, task, entries)
            end("interrupted")
            raise TrainingInterrupted(f"Stopped. Go on with: saccade train --resume {shell_word(run.path)}") from stop
        except Exception as error:
            with suppress(RunError):  # a full disk: the first error says it
                end("failed", error=str(error))
            raise
        chosen = _choose(task, entries)
        winner = Run(run.contender_path(chosen))
        run.save(Race(task.monitor, chosen, tuple(entries)))
        run.adopt(winner)
        dataset = next(each for each in contenders if each.name == chosen).prepare(None)[1]
        if world.current().is_first:
            task.after_fit(run, dataset)
        end("finished", best=winner.manifest["best"], precision=winner.manifest["precision"])
        if "until" in winner.manifest:
            run.write_manifest(until=winner.manifest["until"])
        if asked:
            taken = seconds()
            tell_budget(run, Outcome.of(asked, taken, why=_why(entries, asked=asked, taken=taken)), progress)
        run.drop_contenders()
    return dataset


def _why(entries: Sequence[Entry], *, asked: float, taken: float) -> str:
    """Return why a race took another time than it was given, in seconds."""
    if taken > asked:
        trained = sum(each.seconds for each in entries)
        return f"Training took {trained:.0f} s, and reading the data and writing files {taken - trained:.0f} s."
    return next((each.reason for each in entries if each.reason), "All ways to train were tried.")


def _entered(
    run: Run,
    task: base.Task,
    contender: Contender,
    before: Sequence[Entry],
    left: float | None,
    progress: Progress,
    callbacks: Sequence[Any],
) -> Entry:
    """Return how a contender did: trained now, gone on with, or known from before an interruption."""
    own = Run(run.contender_path(contender.name))
    finished = own.has_manifest and own.manifest["status"] == "finished"
    scores = {each.name: each.score for each in before if each.score is not None}
    reason = "" if finished else _reached(run, before) or contender.objection(scores, left)
    if reason:
        return Entry(contender.name, contender.about, reason=reason)
    if not finished:
        progress.stage(contender.about)
        recipe, dataset = contender.prepare(left)
        if own.knows_its_data:
            fitting.resume(own, dataset, progress=progress, callbacks=callbacks, after_fit=False)
        else:
            own.remove()
            fitting.train(recipe, dataset, folder=own.path, progress=progress, callbacks=callbacks, after_fit=False)
    return Entry(contender.name, contender.about, _score(task, own), own.manifest["seconds"])


def _reached(run: Run, before: Sequence[Entry]) -> str:
    """Return why nothing more is tried, where a contender has reached the target."""
    tried = (Run(run.contender_path(each.name)) for each in before if not each.reason)
    if any(each.manifest.get("until", {}).get("reached") for each in tried):
        return "The target was reached before."
    return ""


def _score(task: base.Task, run: Run) -> float | None:
    best = run.manifest["best"]
    sign = 1 if task.monitor_mode == "max" else -1
    return sign * best[task.monitor] if task.monitor in best else None


def _choose(task: base.Task, entries: Sequence[Entry]) -> str:
    """Return the name of the best; of equal ones the first, which is the simplest."""
    tried = [each for each in entries if not each.reason]
    if not tried:
        raise RunError("None of the ways to train was tried: " + " ".join(each.reason for each in entries))
    return max(tried, key=lambda each: float("-inf") if each.score is None else each.score).name


def _keep_best_so_far(run: Run, task: base.Task, entries: Sequence[Entry]) -> None:
    if any(not each.reason for each in entries):
        run.adopt(Run(run.contender_path(_choose(task, entries))), for_now=True)
