"""A budget of time: the learning rate follows the clock, not the steps, and training ends when the time is over.

How many steps fit is guessed from the speed measured so far, again and again while it runs; the schedule is stretched
or squeezed to what is left of it. So a machine that others slow down gets fewer steps, and the schedule still ends at
its end. The plan's state (time used, part of the schedule done) is saved with the checkpoint, and a killed training has
what was left of its time. What cannot be: the same seed gives the same order and the same start, but as many steps, and
so the same weights, only on a machine that is as fast; the finished run's recipe says the steps that were done.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from saccade.core.backend import keras
from saccade.training.trainer import Trainer

WHOLE = 10_000
"""Steps of the schedule whose parts are followed by the clock."""

TOLERANCE = 0.05
"""Part of the budget by which a training may end before or after it without saying why."""

WEIGHT = 0.3
"""Of the newest stretch in the measured speed."""

SAVING = 0.3
"""Seconds for the last files."""


class Clock:
    """What of the schedule is done at which step; its variables are part of the training's state."""

    def __init__(self) -> None:
        self.part, self.at_step, self.a_step, self.elapsed = (
            keras.Variable(0.0, trainable=False, dtype="float32", name=name)
            for name in ("part", "at_step", "a_step", "elapsed")
        )

    @property
    def variables(self) -> list[Any]:
        """All of it, for the checkpoint."""
        return [self.part, self.at_step, self.a_step, self.elapsed]

    def part_at(self, step: Any) -> Any:
        """Return the part of the schedule that is done at a step, 0 to 1."""
        since = keras.ops.cast(step, "float32") - self.at_step
        return keras.ops.clip(self.part + since * self.a_step, 0.0, 1.0)

    def replan(self, step: int, steps_left: float) -> None:
        """From this step on, finish the schedule in so many steps."""
        part = float(self.part_at(step))
        self.part.assign(part)
        self.at_step.assign(float(step))
        self.a_step.assign((1 - part) / max(1.0, steps_left))


class TimedSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of `WHOLE` steps, followed by a clock."""

    def __init__(self, clock: Clock, schedule: Any) -> None:
        super().__init__()
        self._clock, self._schedule = clock, schedule

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step."""
        return self._schedule(self._clock.part_at(step) * WHOLE)

    def get_config(self) -> dict[str, Any]:
        """Return nothing: it is never saved but as the variables of its clock."""
        return {}


@dataclass(frozen=True)
class Outcome:
    """How a budget was kept.

    Attributes:
        asked: seconds.
        taken: seconds, from the first preparation to the last file of the training.
        reason: why it is off by more than `TOLERANCE`, a sentence; "" where it is not.
        steps: that were done in them; None where several trainings shared the time.
    """

    asked: float
    taken: float
    reason: str = ""
    steps: int | None = None

    @classmethod
    def of(cls, asked: float, taken: float, *, why: str, steps: int | None = None) -> "Outcome":
        """Return how a budget was kept; `why` is left out where it was."""
        off = abs(taken - asked) > TOLERANCE * asked
        return cls(asked, round(taken, 1), why if off else "", steps)

    @property
    def sentence(self) -> str:
        """How it was not kept and why; "" where it was."""
        return (
            f"The budget was {self.asked:.0f} s and {self.taken:.0f} s were taken. {self.reason}" if self.reason else ""
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return asdict(self)


class TimeBudget(keras.callbacks.Callback):
    """Keep the clock while training runs, and stop when the time is over."""

    def __init__(
        self,
        trainer: Trainer,
        seconds: float,
        *,
        spent: float,
        step_seconds: float,
        validation_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Know the budget.

        Args:
            trainer: compiled, with a clock.
            seconds: the budget.
            spent: of it, on preparing and measuring.
            step_seconds: measured in advance.
            validation_seconds: likewise.
            now: the time.
        """
        super().__init__()
        assert trainer.clock is not None
        self._trainer, self._clock, self._seconds, self._now = trainer, trainer.clock, seconds, now
        self._step_seconds, self._first_step_seconds = step_seconds, step_seconds
        self._between = validation_seconds + SAVING  # the steps of two epochs
        self._prepared, self._origin, self._ended = spent, now() - spent, False
        self._looked = (now(), 0)
        self._measured_between = False

    @property
    def elapsed(self) -> float:
        """Seconds used, those of earlier processes included."""
        return self._now() - self._origin

    @property
    def seconds_left(self) -> float:
        """Seconds until the end."""
        return max(0.0, self._seconds - self.elapsed)

    @property
    def steps_left(self) -> float:
        """Steps that fit into the time, its validations and last files kept free."""
        a_step = self._step_seconds + self._between / self._trainer.training_feed.steps
        return max(0.0, (self.seconds_left - self._between) / a_step)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Take up the clock, of a checkpoint too; know what lies between two epochs."""
        if not hasattr(self, "_restored"):
            self._restored = float(self._clock.elapsed)
            self._origin -= self._restored
        elif self._looked[1]:
            seen = self._now() - self._looked[0]
            self._between = seen if not self._measured_between else (1 - WEIGHT) * self._between + WEIGHT * seen
            self._measured_between = True
        self._look()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Measure the speed, plan what is left, and stop when nothing is."""
        then, step = self._looked
        steps = self._step - step
        if steps > 0:
            newest = (self._now() - then) / steps
            self._step_seconds = (1 - WEIGHT) * self._step_seconds + WEIGHT * newest
        self._look()

    def outcome(self) -> Outcome:
        """Return how the budget was kept, at the end."""
        taken = self.elapsed
        # stopped by something else, such as early stopping: nothing to explain
        why = self._reason(taken) if self._ended else ""
        return Outcome.of(self._seconds, taken, why=why, steps=self._step)

    @property
    def _step(self) -> int:
        return int(self._trainer.optimizer.iterations)

    def _look(self) -> None:
        left = self.steps_left
        self._clock.elapsed.assign(self.elapsed)
        self._clock.replan(self._step, left)
        self._trainer.stop_at(self._step + max(1, round(left)))
        if left < 0.5 and self._step:
            self._ended = self._trainer.stop_training = True
        self._looked = (self._now(), self._step)

    def _reason(self, taken: float) -> str:
        least = self._prepared + self._between
        if taken > self._seconds and least > self._seconds / 2:
            return f"Preparing took {self._prepared:.0f} s, and a validation with its files {self._between:.1f} s."
        slower = self._step_seconds / self._first_step_seconds
        return f"A step took {slower:.1f} times as long at the end as before the start: the machine had other work."
