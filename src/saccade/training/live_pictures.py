"""LivePicturesWriter: draws what is learnt while somebody looks on, and costs nothing while nobody does."""

import time
from typing import Any

from saccade.core.backend import keras
from saccade.core.live_pictures import LivePictures
from saccade.core.run import Run
from saccade.tasks.parts import part
from saccade.training.learner import Learner
from saccade.training.progress import Progress

LOOK_EVERY = 1.0
"""Seconds between two looks whether somebody asks."""

DRAW_EVERY = 2.0
"""Seconds between two drawings, at least."""

SHARE = 0.1
"""Of the time of a training that is looked at, about so much goes into drawing at most."""

LONGEST = 300
"""Characters of a reason."""


class LivePicturesWriter(keras.callbacks.Callback):
    """Draws at the end of an epoch, and within long ones, where pictures were asked for within the last minute.

    The training goes the same way, to the same weights, whether somebody looks on or not. What fails in drawing never
    ends it.
    """

    _pictures_of = part("saccade.inspection.live_pictures:pictures_of")  # and colours: only where somebody looks on

    def __init__(self, run: Run, learner: Learner, progress: Progress) -> None:
        """Know the run, of which it may be a contender or a stage, and what is drawn."""
        super().__init__()
        self._run, self._learner, self._progress = run.whole, learner, progress
        self._looks_at = self._draws_at = 0.0
        self._epoch = 0
        self._has_drawn = self._given_up = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Know where it is."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw within an epoch, where weights can be read there."""
        if self._learner.trainer.resumes_within_epoch and self._is_due():
            self._draw(f"in epoch {self._epoch + 1}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw."""
        if self._is_due():
            self._draw(f"after epoch {epoch + 1}")

    def on_train_end(self, logs: Any = None) -> None:
        """Draw what it has come to."""
        if not self._given_up and self._run.is_asked_for_pictures:
            self._draw(f"after epoch {self._epoch + 1}")

    def _is_due(self) -> bool:
        now = time.monotonic()
        if self._given_up or now < max(self._looks_at, self._draws_at):
            return False
        self._looks_at = now + LOOK_EVERY
        return self._run.is_asked_for_pictures

    def _draw(self, moment: str) -> None:
        started, learner = time.monotonic(), self._learner
        try:
            found = learner.task.live_pictures(learner.network, learner.recipe, learner.dataset)
            found = self._pictures_of(learner.network, learner.dataset) if found is None else found
            self._run.save(LivePictures(moment, tuple(found)))
        except Exception as error:  # whatever it is, the training is worth more
            self._given_up = True
            reason = " ".join(str(error).split())[:LONGEST] or type(error).__name__
            self._progress.note(f"The studio shows no more pictures of this training, which goes on: {reason}")
        now = time.monotonic()
        spent = now - started if self._has_drawn else 0.0  # the first time, libraries load
        self._draws_at, self._has_drawn = now + max(DRAW_EVERY, spent / SHARE), True
