"""TrackerThread: a tracker that works beside the training, which neither waits for it nor fails with it."""

import queue
import threading
import time
from collections.abc import Callable, Mapping

from saccade.core.errors import escaped
from saccade.training.tracking.tracker import Begun, Ended, Tracker

PATIENCE = 120.0
"""Seconds after a training that a tracker has for what is left, such as an upload."""

STALLED = 10.0
"""Seconds after a training in which a tracker that has not come to its end yet must get a step further: begin, or tell
one epoch more. Who hangs where nothing is uploaded yet waits for a server that will not answer."""


class TrackerThread:
    """Tells a tracker what happens, one thing after the other, in a thread of its own.

    Attributes:
        name: of the tracker.
        place: where it writes, as a user gave it.
        called: what the tracker calls the run; "" until it has begun.
    """

    def __init__(self, name: str, place: str, kind: Callable[[str], Tracker]) -> None:
        self.name, self.place, self.called = name, place, ""
        self._kind, self._problem, self._has_said = kind, "", False
        self._steps_done, self._epoch, self._is_ending = 0, 0, False
        self._tracker: Tracker
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"tracker {name}", daemon=True)

    def begin(self, begun: Begun) -> None:
        """Start."""
        self._calls.put(lambda: self._begin(begun))
        self._thread.start()

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Hand on the results of an epoch."""
        self._calls.put(lambda: self._log(step, values))

    def end(self, ended: Ended, *, patience: float | None = None) -> str:
        """Hand on how it ended, wait for the tracker, and return where it was written; "" where there is a problem.

        Args:
            ended: how.
            patience: seconds to wait; None: `PATIENCE`.
        """
        self._calls.put(lambda: self._finish(ended))
        self._calls.put(None)
        began = time.monotonic()
        self._wait(PATIENCE if patience is None else patience)
        if self._thread.is_alive():
            waited = time.monotonic() - began
            self._problem = f"it did not answer within {waited:.0f} s after the training, and was left alone"
        return "" if self._problem else f"{self.name}: {self._tracker.where}"

    def problem(self) -> str:
        """Return what it lacks and why, as one sentence, the first time it is asked for; else ""."""
        if not self._problem or self._has_said:
            return ""
        self._has_said = True
        return f"{self.name} has {self._kept()}, which does not concern the run itself: {self._problem}."

    def _kept(self) -> str:
        """Return what of the training the tracker has."""
        if not self.called:
            return "nothing of this training"
        if self._is_ending:
            return f"all epochs of this training as {self.called}, but not all of its scores and files"
        told = f"up to epoch {self._epoch}" if self._epoch else "without its epochs"
        return f"this training as {self.called} only {told}"

    def _wait(self, patience: float) -> None:
        """Wait until the tracker is done, out of patience, or stalled."""
        deadline = time.monotonic() + patience
        while self._thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            before = self._steps_done
            self._thread.join(min(left, STALLED))
            if self._steps_done == before and not self._is_ending:
                return

    def _begin(self, begun: Begun) -> None:
        self._tracker = self._kind(self.place)
        self.called = self._tracker.begin(begun)

    def _log(self, step: int, values: Mapping[str, float]) -> None:
        self._tracker.log(step, values)
        self._epoch = step

    def _finish(self, ended: Ended) -> None:
        self._is_ending = True
        self._tracker.end(ended)

    def _work(self) -> None:
        while call := self._calls.get():
            try:
                call()
                self._steps_done += 1
            except BaseException as error:  # also SystemExit: of a library that is not ours
                reason = (str(error) or type(error).__name__).strip().partition("\n")[0].removesuffix(".")
                self._problem = escaped(reason)
                return
