"""The way from a recipe and its data to a finished run folder."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from saccade.core import backend, device
from saccade.core.artifact import Artifact
from saccade.core.atomic_files import removed_on_failure
from saccade.core.backend import keras
from saccade.core.dataset import Dataset
from saccade.core.errors import RunError, TrainingInterrupted
from saccade.core.pending_audit import PendingAudit
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.tasks import base
from saccade.training.aim import Reaching
from saccade.training.averaging import AveragesValidated, SwappedWeights
from saccade.training.batches import Feed
from saccade.training.callbacks import Checkpointer, Patience, Recorder, Teller
from saccade.training.diagnosis import Doctor
from saccade.training.distributed import world
from saccade.training.distributed.weight_check import WeightCheck
from saccade.training.fitting_stages import fit_stages
from saccade.training.interrupting import Interruption
from saccade.training.keeping_budget import make_repeatable, tell_budget, time_budget
from saccade.training.learner import Learner
from saccade.training.live_pictures import LivePicturesWriter
from saccade.training.pace import Pace, expected_seconds, settle
from saccade.training.progress import Plan, Progress
from saccade.training.reaching_target import target_watch, tell_reaching
from saccade.training.registered_gradients import forgotten_gradients
from saccade.training.seed_sweep import Sweep

MOST_EPOCHS = 1_000_000
"""With a budget of time, which ends earlier."""

QUIET = Progress()


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
    after_fit: bool = True,
) -> Run:
    """Return the finished run of a recipe on prepared data.

    Args:
        recipe: all settings, as `preparing.prepare` returns them.
        dataset: the images with their splits, likewise. The test split is not touched.
        runs: where the run gets its numbered folder.
        folder: the run folder itself, instead.
        progress: hears what happens.
        callbacks: further Keras callbacks.
        audit: what was found in the data, to be kept in the run; where it is pending, when it is there.
        sweep: the trainings with other seeds that it belongs to.
        began: when the work on it began, by `time.monotonic`: a budget of time counts from there; None: now.
        after_fit: whether the run gets what its task measures at the end, such as how sure an answer is; a contender
            gets it when it has won.

    Raises:
        RecipeError: the network cannot be built for these images.
        TrainingInterrupted: stopped by the user; the run is usable and can be resumed.
        RunError: the folder exists or cannot be written, or the training diverged.
    """
    began = time.monotonic() if began is None else began
    recipe, kept, sentences = base.named(recipe.task, dataset.modality).choose(recipe, dataset)
    for sentence in sentences:
        progress.note(sentence)
    backend.seed_everything(recipe.seed)
    learner = Learner.build(recipe, dataset)  # before the folder is made: a wrong option leaves nothing behind
    run = begin(recipe, dataset, runs=runs, folder=folder, audit=audit, sweep=sweep, kept=kept)
    return _fit(run, learner, progress, callbacks, began=began, after_fit=after_fit)


def begin(
    recipe: Recipe,
    dataset: Dataset,
    *,
    runs: Path,
    folder: Path | None,
    audit: Mapping[str, Any] | PendingAudit | None,
    sweep: Sweep | None,
    kept: Sequence[Artifact] = (),
) -> Run:
    """Return a new run that knows its recipe and data; arguments and errors as for `train`."""
    run = Run.create(recipe, runs=runs, folder=folder, **(sweep.entry() if sweep else {}))
    with removed_on_failure(run.path):
        run.write_data(dataset.record())
        run.write_split(dataset.split_rows())
        if dataset.overrides:
            run.write_overrides(dataset.overrides)
        for artifact in kept:
            run.save(artifact)
    if audit is not None:
        keep_audit(run, audit)
    return run


def keep_audit(run: Run, audit: Mapping[str, Any] | PendingAudit) -> None:
    """Write what was found in the data into a run; where it is pending, when it is there."""
    if isinstance(audit, PendingAudit):
        audit.write_into(run)
    else:
        run.write_audit(audit)


@device.on_its_device(lambda run: run.recipe.device)
def resume(
    run: Run, dataset: Dataset, *, progress: Progress = QUIET, callbacks: Sequence[Any] = (), after_fit: bool = True
) -> Run:
    """Go on with a run that was interrupted or killed, to the same weights as if it never was.

    Raises:
        RunError: it is finished already, in use, or damaged.
    """
    if run.manifest["status"] == "finished" and run.model_path.exists():
        raise RunError(f"{run.path} is finished. To train longer, start a new run with more --epochs.")
    began = time.monotonic()
    backend.seed_everything(run.recipe.seed)
    learner = Learner.build(run.recipe, dataset)
    if learner.has_epochs and run.history and run.model_path.exists() and not run.checkpoint_path.exists():
        raise run.no_checkpoint()  # its network would be replaced by one of epoch 1
    return _fit(run, learner, progress, callbacks, began=began, after_fit=after_fit)


def _fit(
    run: Run, learner: Learner, progress: Progress, callbacks: Sequence[Any], *, began: float, after_fit: bool
) -> Run:
    """Fit the network into its run; a budget of time counts from when the work on it `began`."""
    with run.locked(), forgotten_gradients():
        earlier = run.manifest.get("seconds", 0)
        started = time.monotonic() - learner.seconds

        def end(status: str, **entries: Any) -> None:
            run.write_manifest(status=status, seconds=round(earlier + time.monotonic() - started, 1), **entries)

        run.write_manifest(status="running", versions=backend.describe(), precision=learner.policy)
        try:
            best = _fit_locked(run, learner, progress, callbacks, began=began)
            if after_fit and world.current().is_first:
                learner.task.after_fit(run, learner.dataset)
        except (TrainingInterrupted, KeyboardInterrupt) as stop:
            if not run.model_path.exists():
                run.save_model(learner.save)
            end("interrupted", monitor=learner.monitor)
            raise TrainingInterrupted(
                f"Stopped. {run.path} is usable as it is; go on with: saccade train --resume {shell_word(run.path)}"
            ) from stop
        except Exception as error:
            with suppress(RunError):  # a full disk: the first error says it
                end("failed", error=str(error))
            raise
        end("finished", best=best, monitor=learner.monitor)
        if learner.recipe.budget and "budget" in run.manifest:
            make_repeatable(run, learner.recipe)
    return run


def _fit_locked(
    run: Run, learner: Learner, progress: Progress, callbacks: Sequence[Any], *, began: float
) -> dict[str, float]:
    """Fit and return the best epoch's row of the history."""
    recipe, dataset = learner.recipe, learner.dataset
    fit_stages(run, learner, progress, fit=_fit_stage)
    started = time.monotonic()
    row = learner.task.fitted_row(learner.network, recipe, dataset)
    if row or not learner.has_epochs:
        measured = {"epoch": 1, "seconds": round(time.monotonic() - started, 3), **row} if row else {}
        return _keep(run, learner, measured, progress)
    return _fit_epochs(run, learner, progress, callbacks, began=began)


def _fit_stage(run: Run, learner: Learner, progress: Progress, began: float) -> object:
    return _fit_epochs(run, learner, progress, (), began=began)


def _fit_epochs(
    run: Run, learner: Learner, progress: Progress, callbacks: Sequence[Any], *, began: float
) -> dict[str, float]:
    """Train epoch by epoch, from the run's checkpoint on where there is one; a budget of time runs since `began`."""
    recipe, trainer = learner.recipe, learner.trainer
    feed, checked = learner.training_feed(), learner.validation_feed()
    epochs, pace = settle(learner, feed, checked, known_xla=run.manifest.get("xla"))
    run.write_manifest(xla=trainer.uses_xla)
    budget = time_budget(learner, pace, spent=time.monotonic() - began)
    progress.planned(_plan(run, learner, epochs, pace))

    interruption, averages = Interruption(), learner.averages()
    watch = target_watch(learner, averages)
    recorder = _recorder(run, learner, averages, progress)
    last_step = None if budget else recipe.steps
    checkpointer = Checkpointer(run, trainer, recorder=recorder, interruption=interruption, last_step=last_step)
    teller = Teller(
        trainer,
        progress,
        total_steps=pace.total_steps(recipe, epochs),
        validation=pace.validation_seconds,
        budget=budget,
    )
    validated = AveragesValidated(averages) if averages else None
    own = [validated, watch, checkpointer, budget, teller, recorder]
    own += _watching(run, learner, feed, recorder, progress)
    with interruption.listening(), recorder.recording():
        trainer.fit(
            trainer.fit_input(feed),
            validation_data=trainer.fit_input(checked) if checked else None,
            epochs=MOST_EPOCHS if budget else epochs,
            initial_epoch=checkpointer.epoch,
            shuffle=False,
            verbose=0,
            callbacks=[*filter(None, own), *callbacks],
        )
    learner.keep(run, last=True)
    if budget:
        tell_budget(run, budget.outcome(), progress)
    if watch:
        tell_reaching(run, watch.outcome(), progress)
    return recorder.best or {}


def _recorder(run: Run, learner: Learner, averages: SwappedWeights | None, progress: Progress) -> Recorder:
    return Recorder(
        run,
        learner.monitor,
        mode=learner.monitor_mode,
        take=partial(averages.around, learner.weights) if averages else learner.weights,
        save=partial(learner.keep, run),
        progress=progress,
    )


def _watching(run: Run, learner: Learner, feed: Feed, recorder: Recorder, progress: Progress) -> Iterator[Any]:
    """Yield the callbacks that look at a training and may end it."""
    recipe, network = learner.recipe, learner.trainer.network
    if (ranks := world.current()).size > 1:
        yield WeightCheck(run, learner.network, ranks, precision=learner.policy)
    if learner.is_diagnosed:
        yield Doctor(*feed.batch(0), network=network, at_start=False, tell=progress.note)
    if recipe.early_stopping:
        yield Patience(recorder, learner.monitor, mode=learner.monitor_mode, epochs=recipe.early_stopping)
    if ranks.is_first:
        yield LivePicturesWriter(run, learner, progress)
    yield keras.callbacks.TensorBoard(run.tensorboard_path, write_graph=False)


def _keep(run: Run, learner: Learner, row: dict[str, float], progress: Progress) -> dict[str, float]:
    """Write a network that was solved for, as a training of one epoch, or none where nothing measures it.

    Returns:
        The row of the history, as it was given.
    """
    progress.planned(_plan(run, learner, 1 if row else 0, Pace(step_seconds=0, validation_seconds=0, steps=1)))
    run.save_model(learner.save)
    if row:
        run.write_history([row])
        progress.epoch_done(row, best=True)
    if learner.aim:
        value = row.get(f"val_{learner.aim.metric}")
        reached = value is not None and learner.aim.is_there(value)
        found = Reaching.of(learner.aim, value, reached=reached, seconds=row.get("seconds", 0), epoch=1, step=0)
        tell_reaching(run, found, progress)
    return row


def _plan(run: Run, learner: Learner, epochs: int, pace: Pace) -> Plan:
    dataset = learner.dataset
    return Plan(
        run=run.path,
        inputs=dataset.noun,
        epochs=epochs,
        steps=pace.steps,
        total_steps=pace.total_steps(learner.recipe, epochs),
        batch_size=learner.recipe.batch_size,
        train=len(dataset.rows("train")),
        validation=len(dataset.rows("validation")),
        parameters=learner.portable.count_params(),
        trainable=sum(math.prod(weight.shape) for weight in learner.portable.trainable_weights),
        precision=learner.policy,
        device=device.describe(),
        xla=learner.trainer.uses_xla,
        expected_seconds=learner.recipe.budget or expected_seconds(learner.recipe, epochs, pace),
        until=str(learner.aim or ""),
    )
