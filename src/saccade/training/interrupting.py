"""Ctrl-C and SIGTERM end a training cleanly, at the next step where everything is saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from saccade.core.errors import TrainingInterrupted
from saccade.training.distributed import world


class Interruption:
    """Whether the user asked to stop."""

    asked = False

    def is_due(self) -> bool:
        """Say whether to stop here: all ranks of a training do so at the same step, when one of them was asked to."""
        self.asked = world.current().any(self.asked)
        return self.asked

    def check(self) -> None:
        """Raise TrainingInterrupted when asked; call it where the state is saved."""
        if self.asked:
            raise TrainingInterrupted

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C and SIGTERM as a wish; a second Ctrl-C stops at once."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers; the caller has its own way to stop
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._ask) for number in signals]
        try:
            yield
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
