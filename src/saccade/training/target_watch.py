"""Look at the validation split within epochs too, and end the training where its target is reached."""

import time
from collections.abc import Callable
from typing import Any

from saccade.core.backend import keras
from saccade.training.aim import Aim, Reaching
from saccade.training.trainer import Trainer

CHECKING_SHARE = 0.15
"""Of the training's time, about so much goes into checks, if answering an input takes a third of learning from it."""

LEAST_STEPS = 20
"""Between two checks."""

BATCHES_A_LOOK = 4
"""Of a check, after which it may end, because there were too many mistakes already."""

Validate = Callable[[Callable[[float, int], bool]], float | None]
"""Gives the metric on all validation inputs; None where a look at the first ones said that it is hopeless."""


def steps_between(images: int, batch_size: int, epoch_steps: int) -> int:
    """Return the steps between two checks on so many validation inputs: fixed, so that a rerun ends where this did."""
    worth = images / (3 * CHECKING_SHARE * batch_size)
    return min(epoch_steps, max(LEAST_STEPS, round(worth)))


class TargetWatch(keras.callbacks.Callback):
    """End the training where its aim is reached; what it knows is part of the training's state."""

    def __init__(
        self, trainer: Trainer, aim: Aim, *, validate: Validate, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Watch a trainer.

        Args:
            trainer: compiled, with its feeds.
            aim: what is to be reached.
            validate: gives the metric, with the weights that would be kept.
            now: the time.
        """
        super().__init__()
        self._trainer, self._aim, self._validate, self._now = trainer, aim, validate, now
        self._passed, self._reached, self._elapsed = (
            keras.Variable(0.0, trainable=False, dtype="float32", name=name)
            for name in ("passed", "reached", "elapsed")
        )
        trainer.watch = self
        feed = trainer.training_feed
        self._every = steps_between(aim.images, feed.batch_size, feed.steps)
        self._best: float | None = None
        self._looked: float | None = None
        trainer.look_every(self._every)

    @property
    def variables(self) -> list[Any]:
        """What it knows, for the checkpoint."""
        return [self._passed, self._reached, self._elapsed]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock; where a killed training had reached its target already, do nothing more."""
        self._looked = self._now()
        if float(self._reached):
            self._trainer.stop_at(self._step)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Check, where it is time to."""
        self._tick()
        if float(self._reached):
            self._trainer.stop_training = True
        elif self._trainer.resumes_within_epoch and self._is_due:
            self._judge(self._validate(self._aim.is_hopeless))
            self._looked = self._now()  # a check is not training

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Judge the validation that Keras has just done."""
        value = float((logs or {})[f"val_{self._aim.metric}"])
        if not float(self._reached):
            self._judge(value)
        self._note(value)

    def outcome(self) -> Reaching:
        """Return how the training came on, at its end."""
        return Reaching.of(
            self._aim,
            self._best,
            reached=bool(float(self._reached)),
            seconds=float(self._elapsed),
            epoch=self._step / self._trainer.training_feed.steps,
            step=self._step,
        )

    @property
    def _step(self) -> int:
        return int(self._trainer.optimizer.iterations)

    @property
    def _is_due(self) -> bool:
        """Whether a check is due; not at the end of an epoch, where Keras validates."""
        feed = self._trainer.training_feed
        return self._step % self._every == 0 and feed.step < feed.steps

    def _judge(self, value: float | None) -> None:
        there = value is not None and self._aim.is_there(value)
        if there and (self._aim.by_interval or float(self._passed)):
            self._reached.assign(1.0)
            self._trainer.stop_training = True
        self._passed.assign(float(there))

    def _note(self, value: float) -> None:
        """Keep the best value: of a training that reached its target, the last."""
        better = max if self._aim.mode == "max" else min
        self._best = value if self._best is None or float(self._reached) else better(self._best, value)

    def _tick(self) -> None:
        now = self._now()
        if self._looked is not None:
            self._elapsed.assign(float(self._elapsed) + now - self._looked)
        self._looked = now
