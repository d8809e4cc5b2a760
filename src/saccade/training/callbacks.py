"""Keras callbacks: record each epoch, keep the best weights, checkpoint, tell the progress."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.core.run_files import damaged
from saccade.training.interrupting import Interruption
from saccade.training.progress import Moment, Progress
from saccade.training.time_budget import TimeBudget
from saccade.training.trainer import Trainer

Weights = list[Array]
"""Of a network, in Keras's order."""

CHECKPOINT_SECONDS = 30.0
"""A crash loses at most about so much work within a long epoch."""

WRITING_SHARE = 0.1
"""Of the time of a training, at most about so much goes into writing: of epochs that take less than that, a crash may
lose several."""


class Recorder(keras.callbacks.Callback):
    """After each epoch: its row, and the weights if they are the best so far; written when it is asked to."""

    def __init__(
        self,
        run: Run,
        monitor: str,
        *,
        mode: str,
        take: Callable[[], Weights],
        save: Callable[[Weights], None],
        progress: Progress,
    ) -> None:
        """Know the metric to choose by, how to `take` a copy of the weights, and how to `save` one."""
        super().__init__()
        self._run, self._take, self._save, self._progress = run, take, save, progress
        self._monitor, self._sign = monitor, 1 if mode == "max" else -1
        self._started = time.monotonic()
        self._unsaved: Weights | None = None
        self.rows: list[dict[str, float]] = []

    def forget_after(self, epochs: int) -> None:
        """Keep the first epochs of the run's history, because the others are trained again."""
        self.rows = self._run.history[:epochs]

    @property
    def best(self) -> dict[str, float] | None:
        """The row of the best epoch so far; of epochs that are as good, the last one, which has learnt the longest."""
        return max(self.rows, key=self._score, default=None)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the epoch's clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the row, and a copy of the weights where it is the best."""
        results = {key: float(value) for key, value in (logs or {}).items()}
        row = {"epoch": epoch + 1, "seconds": round(time.monotonic() - self._started, 3), **results}
        _refuse_non_finite(row)
        best = self.best is None or self._score(row) > self._score(self.best)
        if best:
            self._unsaved = self._take()
        self.rows.append(row)
        self._progress.epoch_done(row, best=best)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Write what is left at the end, or where a training breaks off; then its error is the one that counts."""
        try:
            yield
        except BaseException:
            with suppress(RunError):
                self.write()
            raise
        self.write()

    def write(self) -> None:
        """Write the model first and the rows last: a row in history.csv always has its model."""
        if self._unsaved is not None:
            self._save(self._unsaved)
            self._unsaved = None
        if self.rows:
            self._run.write_history(self.rows)

    def _score(self, row: dict[str, float]) -> tuple[float, float]:
        # without a validation split there is nothing honest to choose by: the last epoch is kept
        if self._monitor not in row:
            return row["epoch"], 0
        return self._sign * row[self._monitor], row["epoch"]


class Patience(keras.callbacks.EarlyStopping):
    """Stop when the validation metric has not improved for some epochs; a resumed run remembers."""

    def __init__(self, recorder: Recorder, monitor: str, *, mode: str, epochs: int) -> None:
        super().__init__(monitor=monitor, mode=mode, patience=epochs)
        self._recorder = recorder

    def on_train_begin(self, logs: Any = None) -> None:
        """Live through the epochs before."""
        super().on_train_begin(logs)
        for row in self._recorder.rows:
            self.on_epoch_end(int(row["epoch"]) - 1, row)


class Checkpointer(keras.callbacks.Callback):
    """Save the whole training state between steps, go back to it, and stop where the user asks.

    Keras' BackupAndRestore keeps neither seeds nor a place within an epoch, and its files are not atomic.
    """

    def __init__(
        self, run: Run, trainer: Trainer, *, recorder: Recorder, interruption: Interruption, last_step: int | None
    ) -> None:
        """Read the run's checkpoint, where there is one; epochs that were recorded before a new one are written too."""
        super().__init__()
        self._run, self._trainer, self._recorder, self._interruption = run, trainer, recorder, interruption
        self._last_step = last_step
        self._restored = load_state(run.checkpoint_path) if run.checkpoint_path.exists() else None
        self._epoch, self._saved_at, self._writing = self.epoch, time.monotonic(), 0.0
        recorder.forget_after(self.epoch)

    @property
    def epoch(self) -> int:
        """The epoch to start with, from 0."""
        return int(self._restored["epoch"]) if self._restored else 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restore (after `fit` has reset the metrics) or save; then stop if asked."""
        self._epoch = epoch
        step = int(self._restored["step"]) if self._restored else 0
        self._trainer.training_feed.start_epoch(epoch, step=step)
        if self._restored:
            restore_state(self._trainer, self._restored)
            self._restored = None
            self._interruption.is_due()
        elif self._interruption.is_due() or self._pays:
            self._checkpoint()
        self._interruption.check()

    def on_test_begin(self, logs: Any = None) -> None:
        """Validate from the first image."""
        if self._trainer.validation_feed:
            self._trainer.validation_feed.start_epoch(0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save from time to time, and where the user interrupts."""
        if self._last_step is not None and int(self._trainer.optimizer.iterations) >= self._last_step:
            self._trainer.stop_training = True
        elif self._interruption.is_due() or time.monotonic() - self._saved_at > CHECKPOINT_SECONDS:
            if self._trainer.resumes_within_epoch:
                self._checkpoint()
            self._interruption.check()

    @property
    def _pays(self) -> bool:
        """Whether so much was trained since the last time that writing takes its share of the time only."""
        return self._writing <= WRITING_SHARE * (time.monotonic() - self._saved_at)

    def _checkpoint(self) -> None:
        started = time.monotonic()
        self._recorder.write()
        step = self._trainer.training_feed.step
        state = {"epoch": np.int64(self._epoch), "step": np.int64(step), **take_state(self._trainer)}
        self._run.save_checkpoint(lambda path: np.savez(path, **state))
        self._saved_at = time.monotonic()
        self._writing = self._saved_at - started


class Teller(keras.callbacks.Callback):
    """Tell the progress where training is."""

    def __init__(
        self,
        trainer: Trainer,
        progress: Progress,
        *,
        total_steps: int,
        validation: float,
        budget: TimeBudget | None = None,
    ) -> None:
        """Know the batches in all and the seconds that one validation takes, or what keeps the budget of time."""
        super().__init__()
        self._feed, self._progress, self._total_steps = trainer.training_feed, progress, total_steps
        self._validation, self._budget = validation, budget

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start measuring at this epoch's first step (not always 0: it may be resumed)."""
        self._epoch, self._first, self._started = epoch, self._feed.step, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Report steps done, images a second and the time left."""
        results = {key: float(value) for key, value in (logs or {}).items()}
        _refuse_non_finite(results)
        done = max(1, self._feed.step - self._first)
        step_seconds = (time.monotonic() - self._started) / done
        steps_left = self._total_steps - self._epoch * self._feed.steps - self._feed.step
        validations_left = 1 + steps_left // self._feed.steps
        left = steps_left * step_seconds + validations_left * self._validation
        moment = Moment(
            epoch=self._epoch + 1,
            step=self._feed.step,
            inputs_per_second=self._feed.batch_size / step_seconds,
            seconds_left=self._budget.seconds_left if self._budget else left,
            results=results,
        )
        self._progress.moved(moment)


def take_state(trainer: Trainer) -> dict[str, Any]:
    """Return a copy of every variable that training changes, by position."""
    return {f"variable_{i}": keras.ops.convert_to_numpy(variable).copy() for i, variable in enumerate(trainer.state)}


def restore_state(trainer: Trainer, state: dict[str, Any]) -> None:
    """Put a copy back; raises RunError when it is of another network."""
    shapes = [tuple(variable.shape) for variable in trainer.state]
    found = [state[f"variable_{i}"].shape for i in range(len(shapes)) if f"variable_{i}" in state]
    if shapes != found:
        raise RunError("The checkpoint is of another network than the recipe's: the run cannot be resumed.")
    for i, variable in enumerate(trainer.state):
        variable.assign(state[f"variable_{i}"])


def load_state(path: Path) -> dict[str, Any]:
    """Read a checkpoint; raises RunError when it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise damaged(path, str(error)) from error


def _refuse_non_finite(results: dict[str, float]) -> None:
    bad = [name for name, value in results.items() if not math.isfinite(value)]
    if bad:
        raise RunError(
            f"Training diverged: {bad[0]} is {results[bad[0]]}. The weights before are kept. "
            "Try a smaller --learning-rate, or --precision float32."
        )
