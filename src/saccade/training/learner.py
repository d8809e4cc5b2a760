"""Learner: a recipe made concrete, the trainer with its data."""

import math
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from saccade.core import backend, registry
from saccade.core.backend import keras
from saccade.core.dataset import Dataset
from saccade.core.errors import RecipeError
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.tasks import base
from saccade.training.aim import Aim
from saccade.training.averaging import Averages, MovingAverages, SwappedWeights
from saccade.training.batches import Feed
from saccade.training.callbacks import Weights
from saccade.training.diagnosis import zero_kernels
from saccade.training.optimizing import optimizer
from saccade.training.stage import Stage
from saccade.training.time_budget import Clock
from saccade.training.trainer import Trainer, make_trainer

VALIDATION_BATCH_SIZE = 256
"""Inputs; of large images fewer."""

VALIDATION_BATCH_BYTES = 16 * 2**20
"""Of float32 inputs in a batch of validation, at most: the layers need many times as much."""


@dataclass(frozen=True)
class Learner:
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
    def build(cls, recipe: Recipe, dataset: Dataset) -> Self:
        """Make the network and all that trains it; raises RecipeError where it cannot be built."""
        started = time.monotonic()
        task = base.named(recipe.task, dataset.modality)
        policy = backend.policy_for(task.precision if recipe.precision == "auto" else recipe.precision)
        make = partial(task.network, recipe, dataset)
        with backend.precision_scope(policy):
            network = make()
        _pretrain(network, recipe)
        _initialize(network, recipe, dataset, task)
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

    def of_stage(self, stage: Stage) -> "StageLearner":
        """Return the learner of a part of the network, on the same data."""
        trainer, network = make_trainer(stage.network, stage.objective), stage.network
        return StageLearner(
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

    def training_feed(self) -> Feed:
        """Return the batches of the training split."""
        dataset, recipe = self.dataset, self.recipe
        rows = dataset.rows("train")
        return Feed(self.inputs, dataset.labels, rows, batch_size=recipe.batch_size, seed=recipe.seed)

    def validation_feed(self) -> Feed | None:
        """Return those of the validation split; None where there is none."""
        rows = self.dataset.rows("validation")
        if not len(rows):
            return None
        return Feed(self.inputs, self.dataset.labels, rows, batch_size=self.validation_batch_size, seed=None)

    @property
    def validation_batch_size(self) -> int:
        """Inputs a batch of validation."""
        input_bytes = 4 * math.prod(int(each) for each in self.inputs.shape[1:])
        return max(1, min(VALIDATION_BATCH_SIZE, VALIDATION_BATCH_BYTES // input_bytes))

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
        if (self.aim or self.task.averages_weights) and not self.recipe.ema and self.trainer.resumes_within_epoch:
            self.trainer.averages = Averages(self.trainer.network)

    def _scaled(self, optimizer: Any) -> Any:
        """Return an optimizer that scales the loss where float16 would lose small gradients, if Keras takes them."""
        needed = self.policy == "mixed_float16" and not self.trainer.objective.step
        return keras.optimizers.LossScaleOptimizer(optimizer) if needed else optimizer

    def averages(self) -> SwappedWeights | None:
        """Return the averages that are validated and kept in place of the weights; None where there are none."""
        if self.trainer.averages:
            return self.trainer.averages
        return MovingAverages(self.trainer.optimizer) if self.recipe.ema else None

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


class StageLearner(Learner):
    """Part of a network, whose weights are kept when it is done."""

    @property
    def is_diagnosed(self) -> bool:
        """Not: the doctor knows the mistakes of whole networks."""
        return False

    def keep(self, run: Run, weights: Weights | None = None, *, last: bool = False) -> None:
        """Write nothing: the checkpoint is enough."""


def _pretrain(network: Any, recipe: Recipe) -> None:
    """Put in the weights that an architecture starts from, where it has such."""
    file = _architecture(recipe)
    if hasattr(file, "load"):
        file.load(network, **recipe.model.options)


def _initialize(network: Any, recipe: Recipe, dataset: Dataset, task: base.Task) -> None:
    """Set the weights that an architecture takes from training inputs, where it has such."""
    file = _architecture(recipe)
    if hasattr(file, "initialize"):
        first = task.first_inputs(network, recipe, dataset)
        file.initialize(first.network, first.inputs, first.rows, **first.options)


def _architecture(recipe: Recipe) -> Any:
    return registry.load(str(registry.constant("tasks", recipe.task, "NETWORKS")), recipe.model.name)


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


def _aim(recipe: Recipe, task: base.Task, objective: Any, dataset: Dataset) -> Aim | None:
    return Aim.of(
        recipe,
        metrics=objective.metrics(),
        monitor=objective.monitor or task.monitor,
        mode=task.monitor_mode,
        images=len(dataset.rows("validation")),
    )
