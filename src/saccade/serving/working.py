"""Worker: one of several processes that answer; it is made anew in each, so nothing heavy is imported here."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from threading import Thread

from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from saccade.serving import logs
from saccade.serving.measuring import SHARED


@dataclass(frozen=True)
class Worker:
    """What a process of its own begins with.

    Attributes:
        make: makes the application.
    """

    make: Callable[[], ASGIApp]

    def __call__(self) -> ASGIApp:
        """Return the application; ends the process when there is none, for the next one would do no better."""
        logs.configure()
        Thread(target=_end_with_parent, name="parent", daemon=True).start()
        try:
            return self.make()
        except Exception:
            logs.LOGGER.exception("worker cannot start")
            sys.exit(STARTUP_FAILURE)


def _end_with_parent() -> None:
    """Stop as if told to, and tidy up, when the process is gone that would do it, even by kill -9."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        if SHARED in os.environ:
            shutil.rmtree(os.environ[SHARED], ignore_errors=True)
        os.kill(os.getpid(), signal.SIGTERM)
