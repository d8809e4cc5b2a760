"""Pending audit: an audit that runs beside a training, and is shown and written when it is there."""

from collections.abc import Callable

from saccade.core.audit import Audit
from saccade.core.background import in_background
from saccade.core.run import Run


class PendingAudit:
    """An audit in a thread of its own. The thread only looks; it is shown and written by who asks for it.

    For example::

        pending = PendingAudit(lambda: prepared.audit(quiet=True), show=print_problems)
        pending.write_into(run)
        ...                # training, which calls pending.look() now and then
        pending.finish()
    """

    def __init__(self, work: Callable[[], Audit], *, show: Callable[[Audit], object]) -> None:
        """Begin the work; `show` is given what was found, once."""
        self._found, self._show = in_background(work), show
        self._shown, self._waiting = False, list[Run]()

    def write_into(self, run: Run) -> None:
        """Write it into a run: now, or as soon as it is there. Until then the run says that it waits for one."""
        run.await_audit()
        self._waiting.append(run)
        self.look()

    @property
    def is_awaited(self) -> bool:
        """Whether a run waits for it: it has none yet."""
        return bool(self._waiting)

    def look(self) -> None:
        """Show and write what was found, where it is there; raises the error of an audit that failed."""
        if self._found.done():
            self.finish()

    def finish(self) -> None:
        """Wait for what was found, then show it and write it; raises the error of an audit that failed."""
        found = self._found.result()
        while self._waiting:
            self._waiting[0].write_audit(found.to_dict())
            del self._waiting[0]  # first written: an interrupt in between loses nothing
        if not self._shown:
            self._shown = True
            self._show(found)
