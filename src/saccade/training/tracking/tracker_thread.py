"""TrackerThread: a tracker that works beside the training, which neither waits for it nor fails with it."""

import queue
import threading
from collections.abc import Callable, Mapping

from saccade.core.errors import escaped
from saccade.training.tracking.tracker import Begun, Ended, Tracker

PATIENCE = 120.0
"""Seconds after a training that a tracker has for what is left, such as an upload."""


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
        self._tracker: Tracker
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"tracker {name}", daemon=True)

    def begin(self, begun: Begun) -> None:
        """Start."""
        self._calls.put(lambda: self._begin(begun))
        self._thread.start()

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Hand on the results of an epoch."""
        self._calls.put(lambda: self._tracker.log(step, values))

    def end(self, ended: Ended, *, patience: float | None = None) -> str:
        """Hand on how it ended, wait for the tracker, and return where it was written, or its problem if not said yet.

        Args:
            ended: how.
            patience: seconds to wait; None: `PATIENCE`.
        """
        self._calls.put(lambda: self._tracker.end(ended))
        self._calls.put(None)
        seconds = PATIENCE if patience is None else patience
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._problem = f"it did not finish within {seconds:.0f} s after the training"
        if self._problem:
            return self.problem()
        return f"{self.name}: {self._tracker.where}"

    def problem(self) -> str:
        """Return what went wrong, as one sentence, the first time it is asked for; else ""."""
        if not self._problem or self._has_said:
            return ""
        self._has_said = True
        return f"{self.name} tracks no longer, which does not concern the run itself: {self._problem}."

    def _begin(self, begun: Begun) -> None:
        self._tracker = self._kind(self.place)
        self.called = self._tracker.begin(begun)

    def _work(self) -> None:
        while call := self._calls.get():
            try:
                call()
            except BaseException as error:  # also SystemExit: of a library that is not ours
                reason = (str(error) or type(error).__name__).strip().partition("\n")[0].removesuffix(".")
                self._problem = escaped(reason)
                return
