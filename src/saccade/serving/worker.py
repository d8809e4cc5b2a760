"""Worker: what each of several processes that answer begins with."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

from starlette.types import ASGIApp

from saccade.serving import logs
from saccade.serving.prometheus_metrics import SHARED

RETRY_SECONDS = 5
"""Before another worker is tried in the place of one that could not start."""


@dataclass(frozen=True)
class Worker:
    """What a process of its own begins with.

    Attributes:
        make: makes the application.
    """

    make: Callable[[], ASGIApp]

    def __call__(self) -> ASGIApp:
        """Return the application; ends the process when there is none, but not before another one should be tried."""
        logs.configure()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the process that supervises ends in good order
        Thread(target=_end_with_parent, name="parent", daemon=True).start()
        try:
            app = self.make()
        except Exception:
            logs.LOGGER.exception("worker cannot start")
            time.sleep(RETRY_SECONDS if has_started() else 0)
            sys.exit(1)
        _started().touch()
        return app


def has_started() -> bool:
    """Say whether any worker of this service ever had its application."""
    return _started().exists()


def _started() -> Path:
    return Path(os.environ[SHARED], "started")


def _end_with_parent() -> None:
    """Stop as if told to, and tidy up, when the process is gone that would do it, even by kill -9."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(os.environ[SHARED], ignore_errors=True)
        os.kill(os.getpid(), signal.SIGTERM)
