"""Preloading: a package that takes seconds to import is imported beside other work, and not taken down at the end."""

import atexit
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from saccade.core.background import in_background

_running: Future[Any] | None = None
_status: int | None = None


def begin(load: Callable[[], object]) -> None:
    """Call `load`, which imports something, in a thread of its own.

    Where it fails nothing is said: whoever needs what it imports meets the same error, in a place where it is reported.
    """
    global _running  # noqa: PLW0603  (one a process, as imports are)
    _running = in_background(load)


def leave(status: int) -> None:
    """End the process with an exit status.

    A thread in the middle of an import cannot be stopped, and Python's orderly end may crash beside it: then the
    process ends at once, so that a person who made a mistake need not wait for what is not needed. Else threads are
    waited for, and who asked to be told of the end is told, as ever.
    """
    global _status  # noqa: PLW0603
    _status = status
    if _running and not _running.done():
        _end(status)
    sys.exit(status)


@atexit.register  # what is registered later is called earlier: this comes last
def _leave_modules() -> None:
    """Leave TensorFlow's modules as they are: to take them down takes Python up to a second of a processor."""
    if _status is not None and "tensorflow" in sys.modules:
        _end(_status)


def _end(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
