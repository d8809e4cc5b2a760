"""Audit watch: what an audit finds beside a training reaches the run and the screen, however the training ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from saccade.core.backend import keras
from saccade.core.pending_audit import PendingAudit
from saccade.training.progress import Progress


class AuditWatch(keras.callbacks.Callback):
    """Shows and writes what a pending audit found as soon as it is there; an audit that failed ends the training."""

    def __init__(self, pending: PendingAudit) -> None:
        super().__init__()
        self._pending = pending

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look whether it is there."""
        self._pending.look()


@contextmanager
def watching(audit: object, progress: Progress) -> Iterator[list[Any]]:
    """Give the callbacks that a training needs for an audit, and wait at its end for one that is pending.

    Where a training breaks off, its own error counts, and not that of an audit; nobody waits for what no run needs.
    """
    if not isinstance(audit, PendingAudit):
        yield []
        return
    try:
        yield [AuditWatch(audit)]
    except BaseException:
        with suppress(Exception):
            _wait(audit, progress)
        raise
    audit.finish()


def _wait(audit: PendingAudit, progress: Progress) -> None:
    audit.look()
    if audit.is_awaited:
        progress.note("Waiting for the audit of the data, which is part of the run.")
        audit.finish()
