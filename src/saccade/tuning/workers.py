"""Workers: further processes of this machine that work on a search beside the one that began it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from saccade.tuning.records import Helpers
from saccade.tuning.search_folder import SearchFolder

THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")

EXPECTED = (0, 130)
"""Exit statuses of a helper that found nothing left to do, or was stopped as this process was."""


class Workers:
    """The processes that help this one, and which of them have died.

    For example::

        with workers(folder, 2) as helpers:
            for sentence in helpers.news():
                print(sentence)
    """

    def __init__(self, folder: SearchFolder, running: Sequence["subprocess.Popen[bytes]"]) -> None:
        self._folder, self._alive = folder, list(running)
        if running:
            known = folder.helpers
            folder.write_helpers(Helpers(known.begun + len(running), known.lost))

    def news(self) -> Iterator[str]:
        """Yield a sentence for each helper that has died since this was last asked."""
        for each in list(self._alive):
            status = each.poll()
            if status is None:
                continue
            self._alive.remove(each)
            if status not in EXPECTED:
                yield self._lost(_ending(status))

    def _lost(self, how: str) -> str:
        known = self._folder.helpers
        self._folder.write_helpers(replace(known, lost=(*known.lost, how), missing=known.missing + 1))
        return f"A helper process {how}. Nothing is lost: others go on with what it had begun. {self._left}"

    @property
    def _left(self) -> str:
        if not self._alive:
            return "No helper is left; this process goes on alone."
        return f"{len(self._alive)} helper{' is' if len(self._alive) == 1 else 's are'} left."


def share_cores(jobs: int) -> None:
    """Leave each process its part of the cores; before TensorFlow is loaded, and unless the user has said."""
    for name in THREADS:
        if jobs > 1:
            os.environ.setdefault(name, str(max(1, (os.cpu_count() or 1) // jobs)))


@contextmanager
def workers(folder: SearchFolder, count: int) -> Iterator[Workers]:
    """Have so many other processes work on a search; they end when it ends, or when this process stops."""
    command = [sys.executable, "-m", "saccade", "tune", "--resume", str(folder.path), "--quiet"]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield Workers(folder, running)
    except BaseException:
        for each in running:
            each.terminate()  # as Ctrl-C: what it trains is saved
        raise
    finally:
        for each in running:
            with suppress(subprocess.TimeoutExpired):
                each.wait(60)
            if each.poll() is None:
                each.kill()


def _ending(status: int) -> str:
    """Return how a process ended: "was killed by signal 9, as where memory is short", "ended with status 1"."""
    if status == -9:
        return "was killed by signal 9, as where memory is short"
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
