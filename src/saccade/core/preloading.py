"""Preloading: a package that takes seconds to import is imported beside other work, and not taken down at the end."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from saccade.core.background import in_background

_running: Future[Any] | None = None


def begin(load: Callable[[], object]) -> None:
    """Call `load`, which imports something, in a thread of its own.

    Where it fails nothing is said: whoever needs what it imports meets the same error, in a place where it is reported.
    """
    global _running  # noqa: PLW0603  (one a process, as imports are)
    _running = in_background(load)


def leave(status: int) -> None:
    """End the process with an exit status, once what was registered for its end is done.

    Python would then take down every module, which takes more than a second where Keras is loaded, and changes nothing
    that is kept. A thread in the middle of an import cannot be stopped, and what is registered may crash beside it:
    then the process ends at once, so that a person who made a mistake need not wait for what is not needed.
    """
    if not (_running and not _running.done()):
        if _others_work():  # Python waits for them
            sys.exit(status)
        atexit._run_exitfuncs()  # as `sys.exit` would
    _end(status)


def _others_work() -> bool:
    """Say whether a thread is at work that a process has to wait for."""
    return any(each is not threading.current_thread() and not each.daemon for each in threading.enumerate())


def _end(status: int) -> None:
    """End now, with all that was printed; where nobody reads it any more, in Python's order, which says so."""
    try:
        for each in filter(None, (sys.stdout, sys.stderr)):
            each.flush()
    except (OSError, ValueError):
        sys.exit(status)
    os._exit(status)
