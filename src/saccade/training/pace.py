"""Pace: how long a training takes on this machine, measured in advance on some batches."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from saccade.core import backend, device, resolve_defaults
from saccade.core.dataset import Dataset
from saccade.core.recipe import Recipe
from saccade.tasks import base
from saccade.training import step_compilation
from saccade.training.batches import Feed
from saccade.training.callbacks import restore_state, take_state
from saccade.training.distributed import world
from saccade.training.learner import Learner
from saccade.training.trainer import Trainer

STRETCH_SECONDS = 0.4
"""Steps are run in stretches of about so long: often enough to show and to stop, seldom enough to cost nothing."""

LEAST_STEPS = 100
"""Of a training that ends within its first pass over the data: after fewer, a network says little."""

LONGER = 4
"""Times the epochs of its recipe, a training goes on for its target, where nobody says how long it may take."""


@dataclass(frozen=True)
class Pace:
    """Measured in advance on this machine: seconds a step and of one validation, steps an epoch."""

    step_seconds: float
    validation_seconds: float
    steps: int

    @property
    def epoch_seconds(self) -> float:
        """Seconds of an epoch with its validation."""
        return self.seconds_of(self.steps)

    def seconds_of(self, steps: int) -> float:
        """Return the seconds of so many steps with a validation."""
        return steps * self.step_seconds + self.validation_seconds

    def total_steps(self, recipe: Recipe, epochs: int) -> int:
        """Return the steps of so many epochs, or those that the recipe says."""
        return recipe.steps or epochs * self.steps

    @property
    def stretch(self) -> int:
        """Steps between two looks around."""
        return min(self.steps, max(1, round(STRETCH_SECONDS / self.step_seconds)))

    def epochs_within(self, seconds: float) -> int:
        """Return about how many epochs fit into a time."""
        return max(1, round(seconds / self.epoch_seconds))


@dataclass(frozen=True)
class TrainingPace:
    """How long a training takes on this machine, measured in advance on some batches.

    Attributes:
        starting: seconds to build, compile and measure the network, before the first step.
        epoch: seconds of a pass over the training rows, with its validation.
        whole: seconds of all that the recipe asks for, from its start.
        part: seconds of `LEAST_STEPS` steps with a validation, or of a whole pass where that has no more.
    """

    starting: float
    epoch: float
    whole: float
    part: float = math.inf


@device.on_its_device(lambda recipe: recipe.device)
def measure_pace(recipe: Recipe, dataset: Dataset) -> TrainingPace:
    """Return how long a recipe takes to train; nothing is written. Errors as for `train`."""
    began = time.monotonic()
    recipe, _, _ = base.named(recipe.task, dataset.modality).choose(recipe, dataset)  # as the training will
    backend.seed_everything(recipe.seed)
    learner = Learner.build(recipe, dataset)
    if not learner.has_epochs:
        return TrainingPace(time.monotonic() - began, 0, time.monotonic() - began)
    epochs, pace = settle(learner, learner.training_feed(), learner.validation_feed())
    starting = time.monotonic() - began
    whole = recipe.budget or starting + expected_seconds(recipe, epochs, pace)
    return TrainingPace(starting, pace.epoch_seconds, whole, pace.seconds_of(min(LEAST_STEPS, pace.steps)))


def settle(learner: Learner, feed: Feed, checked: Feed | None, *, known_xla: bool | None = None) -> tuple[int, Pace]:
    """Compile, measure, and return the number of epochs, of a time budget about so many, and the pace.

    A training that goes on keeps the choice for or against XLA that it began with, as numbers depend on it.
    """
    recipe, trainer = learner.recipe, learner.trainer
    epochs = resolve_defaults.epochs(recipe, learner.dataset) * _longer(recipe)
    learner.ready(feed, checked, total_steps=recipe.steps or epochs * feed.steps)
    for each in filter(None, (feed, checked)):  # of several ranks, one may have less memory than another
        each.most_at_once = min(world.current().exchange(each.most_at_once))
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


def _measure(trainer: Trainer) -> Pace:
    """Train and validate some batches, which also compiles the graphs, then put the state back."""
    before = take_state(trainer)
    validation_seconds = 0.0
    try:
        step_seconds = _seconds_a_step(trainer.train_some, _most_measured(trainer.training_feed))
        if trainer.validation_feed:
            seconds = _seconds_a_step(trainer.validate_some, _most_measured(trainer.validation_feed))
            validation_seconds = trainer.validation_feed.steps * seconds
    finally:
        restore_state(trainer, before)
    return Pace(step_seconds, validation_seconds, trainer.training_feed.steps)


def _most_measured(feed: Feed) -> int:
    return min(feed.steps, feed.most_at_once)


def _seconds_a_step(run: Callable[[int], None], most: int) -> float:
    run(1)  # compiles
    steps = 1
    while True:
        started = time.monotonic()
        run(steps)
        seconds = world.current().agree(time.monotonic() - started)
        if seconds > STRETCH_SECONDS / 4 or steps == most:
            return seconds / steps
        steps = min(most, 2 * steps)


def expected_seconds(recipe: Recipe, epochs: int, pace: Pace) -> float:
    """Return the seconds of a training, without its start."""
    return pace.total_steps(recipe, epochs) * pace.step_seconds + epochs * pace.validation_seconds
