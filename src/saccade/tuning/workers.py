"""Workers: further processes of this machine that work on a search beside the one that began it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")


def share_cores(jobs: int) -> None:
    """Leave each process its part of the cores; before TensorFlow is loaded, and unless the user has said."""
    for name in THREADS:
        if jobs > 1:
            os.environ.setdefault(name, str(max(1, (os.cpu_count() or 1) // jobs)))


@contextmanager
def workers(folder: Path, count: int) -> Iterator[None]:
    """Have so many other processes work on a search; they end when it ends, or when this process stops."""
    command = [sys.executable, "-m", "saccade", "tune", "--resume", str(folder), "--quiet"]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield
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
