"""The way from a recipe and its data to a finished run folder."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from saccade.core import backend, device, registry, resolve_defaults
from saccade.core.artifact import Artifact
from saccade.core.backend import keras
from saccade.core.dataset import Dataset
from saccade.core.errors import RecipeError, RunError, TrainingInterrupted
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.run_files import interpreting
from saccade.diagnosis import Doctor, zero_kernels
from saccade.tasks import base
from saccade.training import step_compilation
from saccade.training.aim import Aim, Reaching
from saccade.training.averaging import Averages, AveragesValidated
from saccade.training.batches import Feed
from saccade.training.callbacks import (
    AveragedWeights,
    Checkpointer,
    Patience,
    Recorder,
    Teller,
    Weights,
    restore_state,
    take_state,
)
from saccade.training.interrupting import Interruption
from saccade.training.optimizing import optimizer
from saccade.training.progress import Plan, Progress
from saccade.training.seed_sweep import Sweep
from saccade.training.stage import Stage, StageWeights
from saccade.training.target_watch import BATCHES_A_LOOK, TargetWatch
from saccade.training.time_budget import Clock, Outcome, TimeBudget
from saccade.training.trainer import Trainer, make_trainer

STRETCH_SECONDS = 0.4
"""Steps are run in stretches of about so long: often enough to show and to stop, seldom enough to cost nothing."""

VALIDATION_BATCH_SIZE = 256
"""Inputs; of large images fewer."""

VALIDATION_BATCH_BYTES = 16 * 2**20
"""Of float32 inputs in a batch of validation, at most: the layers need many times as much."""

MOST_EPOCHS = 1_000_000
"""With a budget of time, which ends earlier."""

LONGER = 4
"""Times the epochs of its recipe, a training goes on for its target, where nobody says how long it may take."""

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
    audit: Mapping[str, Any] | None = None,
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
        audit: what was found in the data, to be kept in the run.
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
    learner = _Learner.build(recipe, dataset)  # before the folder is made: a wrong option leaves nothing behind
    run = begin(recipe, dataset, runs=runs, folder=folder, audit=audit, sweep=sweep, kept=kept)
    return _fit(run, learner, progress, callbacks, began=began, after_fit=after_fit)


def begin(
    recipe: Recipe,
    dataset: Dataset,
    *,
    runs: Path,
    folder: Path | None,
    audit: Mapping[str, Any] | None,
    sweep: Sweep | None,
    kept: Sequence[Artifact] = (),
) -> Run:
    """Return a new run that knows its recipe and data; arguments and errors as for `train`."""
    run = Run.create(recipe, runs=runs, folder=folder, **(sweep.entry() if sweep else {}))
    with run.given_up_on_failure():
        run.write_data(dataset.record())
        run.write_split(dataset.split_rows())
        if dataset.overrides:
            run.write_overrides(dataset.overrides)
        for artifact in kept:
            run.save(artifact)
    if audit is not None:
        run.write_audit(audit)
    return run


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
    learner = _Learner.build(run.recipe, dataset)
    if learner.has_epochs and run.history and run.model_path.exists() and not run.checkpoint_path.exists():
        raise run.no_checkpoint()  # its network would be replaced by one of epoch 1
    return _fit(run, learner, progress, callbacks, began=began, after_fit=after_fit)


@dataclass(frozen=True)
class TrainingPace:
    """How long a training takes on this machine, measured in advance on some batches.

    Attributes:
        starting: seconds to build, compile and measure the network, before the first step.
        epoch: seconds of a pass over the training rows, with its validation.
        whole: seconds of all that the recipe asks for, from its start.
    """

    starting: float
    epoch: float
    whole: float


@device.on_its_device(lambda recipe: recipe.device)
def measure_pace(recipe: Recipe, dataset: Dataset) -> TrainingPace:
    """Return how long a recipe takes to train; nothing is written. Errors as for `train`."""
    began = time.monotonic()
    backend.seed_everything(recipe.seed)
    learner = _Learner.build(recipe, dataset)
    if not learner.has_epochs:
        return TrainingPace(time.monotonic() - began, 0, time.monotonic() - began)
    epochs, pace = _settle(learner, _training_feed(learner), _validation_feed(learner))
    starting = time.monotonic() - began
    whole = recipe.budget or starting + _expected(recipe, epochs, pace)
    return TrainingPace(starting, pace.epoch_seconds, whole)


@dataclass(frozen=True)
class _Learner:
    """A recipe made concrete: the trainer with its data, not yet compiled."""

    recipe: Recipe
    task: base.Task
    dataset: Dataset
    network: Any
    inputs: Any  # (m, ...), what goes into the trained part
    trainer: Trainer
    portable: Any  # the same weights in float32, for the file
    policy: str
    seconds: float  # that making it took
    aim: Aim | None = None  # what ends it

    @property
    def has_epochs(self) -> bool:
        """Whether anything is left to train: some networks are told all that they know before the first step."""
        return bool(self.trainer.network.trainable_weights)

    @classmethod
    def build(cls, recipe: Recipe, dataset: Dataset) -> "_Learner":
        started = time.monotonic()
        task = base.named(recipe.task, dataset.modality)
        policy = backend.policy_for(task.precision if recipe.precision == "auto" else recipe.precision)
        make = partial(task.network, recipe, dataset)
        with backend.precision_scope(policy):
            network = make()
        _pretrain(network, recipe)
        task.initialize(network, recipe, dataset)
        _refuse_dead_start(network)
        _regularize(network, recipe)
        if policy == "float32":
            portable = network
        else:
            with backend.precision_scope("float32"):
                portable = make()
        with backend.precision_scope(policy):
            cut = task.cut(network, recipe, dataset)
        objective = task.objective(recipe, dataset, network)
        aim = _aim(recipe, task, objective, dataset)
        trainer = make_trainer(cut.network if cut else network, objective)
        inputs = cut.inputs if cut else dataset.inputs
        shipped, seconds = task.shipped(portable), time.monotonic() - started
        return cls(recipe, task, dataset, network, inputs, trainer, shipped, policy, seconds, aim)

    def of_stage(self, stage: Stage) -> "_StageLearner":
        """Return the learner of a part of the network, on the same data."""
        trainer, network = make_trainer(stage.network, stage.objective), stage.network
        return _StageLearner(
            stage.recipe, self.task, self.dataset, network, self.dataset.inputs, trainer, network, self.policy, 0
        )

    @property
    def is_diagnosed(self) -> bool:
        """Whether the doctor watches."""
        return self.task.is_diagnosed and self.inputs is self.dataset.inputs

    @property
    def monitor(self) -> str:
        """The metric by which the best epoch is chosen: that which is to be reached, where one is."""
        return f"val_{self.aim.metric}" if self.aim else self.trainer.objective.monitor or self.task.monitor

    @property
    def monitor_mode(self) -> str:
        """Whether it should be large, "max", or small, "min"."""
        return self.aim.mode if self.aim else self.task.monitor_mode

    def ready(self, feed: Feed, checked: Feed | None, *, total_steps: int) -> None:
        """Compile for a training of so many steps, or for a budget of time, and build every variable."""
        self.trainer.clock = Clock() if self.recipe.budget else None
        last = next(layer for layer in reversed(self.trainer.network.layers) if layer.weights)
        made = optimizer(self.recipe, total_steps=total_steps, output_layer=last.name, clock=self.trainer.clock)
        self.trainer.compile(
            optimizer=self._scaled(made),
            loss=self.trainer.objective.loss,
            metrics=self.trainer.objective.metrics(),
            jit_compile="auto" if keras.backend.backend() != "tensorflow" else False,  # XLA halves a CPU's speed
        )
        self.trainer.attach(feed, checked)
        if self.aim and not self.recipe.ema and self.trainer.resumes_within_epoch:
            self.trainer.averages = Averages(self.trainer.network)

    def _scaled(self, optimizer: Any) -> Any:
        """Return an optimizer that scales the loss where float16 would lose small gradients, if Keras takes them."""
        needed = self.policy == "mixed_float16" and not self.trainer.objective.step
        return keras.optimizers.LossScaleOptimizer(optimizer) if needed else optimizer

    def weights(self) -> Weights:
        """Return a copy of the network's weights as they are now."""
        return [each.copy() for each in self.network.get_weights()]

    def keep(self, run: Run, weights: Weights | None = None, *, last: bool = False) -> None:
        """Write the network as it is now, or with these weights, into the run."""
        run.save_model(partial(self.save, weights=weights), last=last)

    def save(self, path: Path, *, weights: Weights | None = None) -> None:
        """Write the network as it is now, or with these weights, in float32 and without anything of the training."""
        now = self.weights()
        self.portable.set_weights(now if weights is None else weights)
        self.portable.save(path)
        self.network.set_weights(now)  # the file's may be the same variables


class _StageLearner(_Learner):
    """Part of a network, whose weights are kept when it is done."""

    @property
    def is_diagnosed(self) -> bool:
        """Not: the doctor knows the mistakes of whole networks."""
        return False

    def keep(self, run: Run, weights: Weights | None = None, *, last: bool = False) -> None:
        """Write nothing: the checkpoint is enough."""


def _fit(
    run: Run, learner: _Learner, progress: Progress, callbacks: Sequence[Any], *, began: float, after_fit: bool
) -> Run:
    """Fit the network into its run; a budget of time counts from when the work on it `began`."""
    with run.locked():
        earlier = run.manifest.get("seconds", 0)
        started = time.monotonic() - learner.seconds

        def end(status: str, **entries: Any) -> None:
            run.write_manifest(status=status, seconds=round(earlier + time.monotonic() - started, 1), **entries)

        run.write_manifest(status="running", versions=backend.describe(), precision=learner.policy)
        try:
            best = _fit_locked(run, learner, progress, callbacks, began=began)
            if after_fit:
                learner.task.after_fit(run, learner.dataset)
        except (TrainingInterrupted, KeyboardInterrupt) as stop:
            if not run.model_path.exists():
                run.save_model(learner.save)
            end("interrupted", monitor=learner.monitor)
            raise TrainingInterrupted(
                f"Stopped. {run.path} is usable as it is; go on with: saccade train --resume {run.path}"
            ) from stop
        except Exception as error:
            with suppress(RunError):  # a full disk: the first error says it
                end("failed", error=str(error))
            raise
        end("finished", best=best, monitor=learner.monitor)
        if learner.recipe.budget and "budget" in run.manifest:
            _make_repeatable(run, learner.recipe)
    return run


def _fit_locked(
    run: Run, learner: _Learner, progress: Progress, callbacks: Sequence[Any], *, began: float
) -> dict[str, float]:
    """Fit and return the best epoch's row of the history."""
    recipe, dataset = learner.recipe, learner.dataset
    _fit_stages(run, learner, progress)
    started = time.monotonic()
    row = learner.task.fitted_row(learner.network, recipe, dataset)
    if row or not learner.has_epochs:
        measured = {"epoch": 1, "seconds": round(time.monotonic() - started, 3), **row} if row else {}
        return _keep(run, learner, measured, progress)
    return _fit_epochs(run, learner, progress, callbacks, began=began)


def _fit_stages(run: Run, learner: _Learner, progress: Progress) -> None:
    """Train the parts that are trained before the whole; those that were are only put back."""
    stages = learner.task.stages(learner.network, learner.recipe, learner.dataset)
    for position, stage in enumerate(stages, start=1):
        own = run.stage(f"{position:02}-{stage.name}")
        if known := own.load(StageWeights):
            with interpreting(own.path):
                stage.restore(known)
        else:
            progress.stage(stage.about, verb="Pretraining")
            own.write_manifest(about=stage.about)
            _fit_epochs(own, learner.of_stage(stage), progress, (), began=time.monotonic())
            own.save(stage.learnt)
            own.drop_checkpoint()


def _fit_epochs(
    run: Run, learner: _Learner, progress: Progress, callbacks: Sequence[Any], *, began: float
) -> dict[str, float]:
    """Train epoch by epoch, from the run's checkpoint on where there is one; a budget of time runs since `began`."""
    recipe, trainer = learner.recipe, learner.trainer
    feed, checked = _training_feed(learner), _validation_feed(learner)
    epochs, pace = _settle(learner, feed, checked, known_xla=run.manifest.get("xla"))
    run.write_manifest(xla=trainer.uses_xla)
    budget = _time_budget(learner, pace, spent=time.monotonic() - began)
    progress.planned(_plan(run, learner, epochs, pace))

    interruption, averages = Interruption(), _averages(learner)
    watch = _target_watch(learner, averages)
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
    own = [averages, watch, checkpointer, budget, teller, recorder, *_watching(run, learner, feed, recorder, progress)]
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


def _averages(learner: _Learner) -> AveragedWeights | AveragesValidated | None:
    if learner.trainer.averages:
        return AveragesValidated(learner.trainer.averages)
    return AveragedWeights() if learner.recipe.ema else None


def _aim(recipe: Recipe, task: base.Task, objective: Any, dataset: Dataset) -> Aim | None:
    return Aim.of(
        recipe,
        metrics=objective.metrics(),
        monitor=objective.monitor or task.monitor,
        mode=task.monitor_mode,
        images=len(dataset.rows("validation")),
    )


def _target_watch(learner: _Learner, averages: AveragedWeights | AveragesValidated | None) -> TargetWatch | None:
    """Return what ends a training where its target is reached; it looks with the weights that would be kept."""
    if not learner.aim:
        return None
    trainer, metric = learner.trainer, learner.aim.metric
    batch_size = _validation_batch_size(learner.inputs)

    def validate(is_hopeless: Callable[[float, int], bool]) -> float | None:
        def ask(results: Mapping[str, float], batches: int) -> bool:
            return is_hopeless(results[metric], batches * batch_size)

        check = partial(trainer.validated, ask, steps=BATCHES_A_LOOK)
        results = averages.around(check) if averages else check()
        return None if results is None else results[metric]

    return TargetWatch(trainer, learner.aim, validate=validate)


def tell_reaching(run: Run, reaching: Reaching, progress: Progress) -> None:
    """Keep whether the target was reached, and say so."""
    run.write_manifest(until=reaching.to_dict())
    progress.note(reaching.sentence)


def _recorder(
    run: Run, learner: _Learner, averages: AveragedWeights | AveragesValidated | None, progress: Progress
) -> Recorder:
    return Recorder(
        run,
        learner.monitor,
        mode=learner.monitor_mode,
        take=partial(averages.around, learner.weights) if averages else learner.weights,
        save=partial(learner.keep, run),
        progress=progress,
    )


def _watching(run: Run, learner: _Learner, feed: Feed, recorder: Recorder, progress: Progress) -> Iterator[Any]:
    """Yield the callbacks that look at a training and may end it."""
    recipe, network = learner.recipe, learner.trainer.network
    if learner.is_diagnosed:
        yield Doctor(*feed.batch(0), network=network, at_start=False, tell=progress.note)
    if recipe.early_stopping:
        yield Patience(recorder, learner.monitor, mode=learner.monitor_mode, epochs=recipe.early_stopping)
    yield keras.callbacks.TensorBoard(run.tensorboard_path, write_graph=False)


def _time_budget(learner: _Learner, pace: "_Pace", *, spent: float) -> TimeBudget | None:
    if not learner.recipe.budget:
        return None
    return TimeBudget(
        learner.trainer,
        learner.recipe.budget,
        spent=spent,
        step_seconds=pace.step_seconds,
        validation_seconds=pace.validation_seconds,
    )


def tell_budget(run: Run, outcome: Outcome, progress: Progress) -> None:
    """Keep how a budget of time was kept, and say why it was not."""
    run.write_manifest(budget=outcome.to_dict())
    if outcome.sentence:
        progress.note(outcome.sentence)


def _make_repeatable(run: Run, recipe: Recipe) -> None:
    """Write the steps that were done in a time into the recipe, when nothing is left to resume."""
    run.write_recipe(recipe.changed(epochs=len(run.history), steps=run.manifest["budget"]["steps"], budget=None))


def _keep(run: Run, learner: _Learner, row: dict[str, float], progress: Progress) -> dict[str, float]:
    """Write a network that was solved for, as a training of one epoch, or none where nothing measures it.

    Returns:
        The row of the history, as it was given.
    """
    progress.planned(_plan(run, learner, 1 if row else 0, _Pace(step_seconds=0, validation_seconds=0, steps=1)))
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


def _settle(
    learner: _Learner, feed: Feed, checked: Feed | None, *, known_xla: bool | None = None
) -> tuple[int, "_Pace"]:
    """Compile, measure, and return the number of epochs, of a time budget about so many, and the pace.

    A training that goes on keeps the choice for or against XLA that it began with, as numbers depend on it.
    """
    recipe, trainer = learner.recipe, learner.trainer
    epochs = resolve_defaults.epochs(recipe, learner.dataset) * _longer(recipe)
    learner.ready(feed, checked, total_steps=recipe.steps or epochs * feed.steps)
    pace = step_compilation.fastest(trainer, _measure, setting=recipe.xla, known=known_xla)
    if recipe.budget:
        epochs = pace.epochs_within(recipe.budget)
    elif recipe.steps:
        epochs = -(-recipe.steps // feed.steps)
    trainer.pace(stretch=min(pace.stretch, _most_at_once(trainer)), last_step=None if recipe.budget else recipe.steps)
    return epochs, pace


def _most_at_once(trainer: Trainer) -> int:
    """Return how many batches one call may run, of training and of validation."""
    return min(feed.most_at_once for feed in (trainer.training_feed, trainer.validation_feed) if feed)


def _longer(recipe: Recipe) -> int:
    return LONGER if recipe.until and not {"epochs", "steps"} & set(recipe.asked) else 1


@dataclass(frozen=True)
class _Pace:
    """Measured in advance on this machine: seconds a step and of one validation, steps an epoch."""

    step_seconds: float
    validation_seconds: float
    steps: int

    @property
    def epoch_seconds(self) -> float:
        return self.steps * self.step_seconds + self.validation_seconds

    def total_steps(self, recipe: Recipe, epochs: int) -> int:
        return recipe.steps or epochs * self.steps

    @property
    def stretch(self) -> int:
        return min(self.steps, max(1, round(STRETCH_SECONDS / self.step_seconds)))

    def epochs_within(self, seconds: float) -> int:
        return max(1, round(seconds / self.epoch_seconds))


def _measure(trainer: Trainer) -> _Pace:
    """Train and validate some batches, which also compiles the graphs, then put the state back."""
    before = take_state(trainer)
    validation_seconds = 0.0
    try:
        step_seconds = _seconds_a_step(trainer.train_some, _most_measured(trainer.training_feed))
        if trainer.validation_feed:
            checks = _most_measured(trainer.validation_feed)
            seconds = _seconds_a_step(trainer.validate_some, checks)
            validation_seconds = trainer.validation_feed.steps * seconds
    finally:
        restore_state(trainer, before)
    return _Pace(step_seconds, validation_seconds, trainer.training_feed.steps)


def _most_measured(feed: Feed) -> int:
    return min(feed.steps, feed.most_at_once)


def _seconds_a_step(run: Callable[[int], None], most: int) -> float:
    run(1)  # compiles
    steps = 1
    while True:
        started = time.monotonic()
        run(steps)
        seconds = time.monotonic() - started
        if seconds > STRETCH_SECONDS / 4 or steps == most:
            return seconds / steps
        steps = min(most, 2 * steps)


def _plan(run: Run, learner: _Learner, epochs: int, pace: _Pace) -> Plan:
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
        expected_seconds=learner.recipe.budget or _expected(learner.recipe, epochs, pace),
        until=str(learner.aim or ""),
    )


def _expected(recipe: Recipe, epochs: int, pace: _Pace) -> float:
    return pace.total_steps(recipe, epochs) * pace.step_seconds + epochs * pace.validation_seconds


def _training_feed(learner: _Learner) -> Feed:
    dataset, recipe = learner.dataset, learner.recipe
    rows = dataset.rows("train")
    return Feed(learner.inputs, dataset.labels, rows, batch_size=recipe.batch_size, seed=recipe.seed)


def _validation_feed(learner: _Learner) -> Feed | None:
    rows = learner.dataset.rows("validation")
    if not len(rows):
        return None
    size = _validation_batch_size(learner.inputs)
    return Feed(learner.inputs, learner.dataset.labels, rows, batch_size=size, seed=None)


def _validation_batch_size(inputs: Any) -> int:
    input_bytes = 4 * math.prod(int(each) for each in inputs.shape[1:])
    return max(1, min(VALIDATION_BATCH_SIZE, VALIDATION_BATCH_BYTES // input_bytes))


def _pretrain(network: Any, recipe: Recipe) -> None:
    """Put in the weights that an architecture starts from, where it has such."""
    file = registry.load(str(registry.constant("tasks", recipe.task, "NETWORKS")), recipe.model.name)
    if hasattr(file, "load"):
        file.load(network, **recipe.model.options)


def _regularize(network: Any, recipe: Recipe) -> None:
    if recipe.l1 or recipe.l2:
        for weight in network.trainable_weights:
            if "kernel" in weight.name:
                weight.regularizer = keras.regularizers.L1L2(recipe.l1, recipe.l2)


def _refuse_dead_start(network: Any) -> None:
    """Raise RecipeError when a kernel starts at zero: its gradient, or that of the layers below, stays zero."""
    for kernel in zero_kernels(network):
        raise RecipeError(
            f"All of {kernel.path} starts at zero, so nothing can be learned through it. "
            "Use kernel_initializer: he_normal (or glorot_uniform)."
        )
