"""Imports ahead: what comes after a training is imported while its steps are computed, which wait for no Python."""

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from saccade.core.backend import keras
from saccade.core.background import in_background
from saccade.tasks.base import Task

TO_COMPLETE = ("after_fit", "complete", "predictor", "export_subject")
"""Parts of a task that the end of each training asks for."""

TO_EVALUATE = ("evaluate", "trained")
"""And those of its evaluation."""

TO_REPORT = ("gather", "compose_page", "compose_card")
"""And those of its report: charts, which take a second to import."""


class ImportsAhead(keras.callbacks.Callback):
    """Imports parts of a task in a thread of its own, from the first step of an epoch to the end of the training.

    Not earlier: before the steps are compiled, Python itself is busy. Not later: two threads that import the same
    modules may see them half made. What fails is left to who needs it, where it is reported.
    """

    def __init__(self, task: Task, parts: Sequence[str]) -> None:
        """Know what to import: `parts` of the `task` by their names; those that it does not have are left out."""
        super().__init__()
        self._task, self._parts = task, parts
        self._running: Future[None] | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin, once."""
        if self._running is None:
            self._running = in_background(self._load)

    def on_train_end(self, logs: Any = None) -> None:
        """Wait for it."""
        if self._running:
            self._running.result()

    def _load(self) -> None:
        for name in self._parts:
            with suppress(Exception):
                getattr(self._task, name)
