"""Supervisor: starts the ranks of this machine and ends them all when any rank, here or elsewhere, has died.

It is a process of its own because TensorFlow, while it waits for a peer, lets neither signals nor threads of Python
run.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import IO

from saccade.training.distributed.cluster import Cluster, Place
from saccade.training.distributed.heartbeat import Heartbeat

LOOK_SECONDS = 0.2

GATHER_SECONDS = 600.0
"""For the machines of a cluster to come up."""

GRACE_SECONDS = 5.0
"""For a rank to say by itself what went wrong, after another has ended."""

STOP_SECONDS = 60.0
"""For a rank to save where it is, after it was asked to stop."""

INTERRUPTED = 130


@dataclass(frozen=True)
class Rank:
    """A process of this machine: rank 0 speaks for all, what the others print is kept."""

    number: int
    process: subprocess.Popen[bytes]
    printed: IO[bytes]

    @property
    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self.process.poll()

    @property
    def failed(self) -> bool:
        """Whether it ended, and not well."""
        return bool(self.status)

    def kill(self) -> None:
        """End it at once: TensorFlow may not listen to anything milder."""
        if self.status is None:
            self.process.kill()
            self.process.wait()

    def ending(self) -> str:
        """Return how it ended, a sentence with what it said last."""
        status = self.status or 0
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        self.printed.seek(0)
        lines = self.printed.read().decode(errors="replace").strip().splitlines()
        return f"Rank {self.number} {how}{': ' + lines[-1] if lines and self.number else ''}".rstrip(".") + "."


def supervise(arguments: Sequence[str], cluster: Cluster) -> int:
    """Run a command as the ranks of this machine, to their end.

    Args:
        arguments: of the command line, as of one process: `["train", "digits"]`.
        cluster: all ranks, and which are here.

    Returns:
        The exit status: that of the lowest rank here when all went well or it said itself what is wrong; 1 when a rank
        died; 130 when it was asked to stop.

    Raises:
        RunError: the other machines did not come.
    """
    heartbeat = Heartbeat(cluster)
    if cluster.spans_machines:
        heartbeat.gather(seconds=GATHER_SECONDS, say=partial(print, file=sys.stderr))
    ranks: list[Rank] = []
    failure = "The supervisor was ended."
    try:
        with _asked_to_stop() as wish:
            ranks = [_start(arguments, cluster, number) for number in cluster.local]
            status, failure = _watch(ranks, heartbeat, wish)
    finally:
        for rank in ranks:
            rank.kill()
        heartbeat.end(failure)
    if failure and status == 1:
        print(f"{failure} All ranks were stopped; nothing that was saved is lost.", file=sys.stderr)  # noqa: T201
        print("Go on with --resume RUN on all of them: the runs are in `saccade list runs`.", file=sys.stderr)  # noqa: T201
    return status


def _start(arguments: Sequence[str], cluster: Cluster, number: int) -> Rank:
    printed = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the process)
    place = Place(cluster.addresses, number, len(cluster.local))
    silent = number != 0
    process = subprocess.Popen(
        [sys.executable, "-m", "saccade", *arguments],
        env={**os.environ, **place.to_environment(), **_threads(len(cluster.local))},
        stdout=subprocess.DEVNULL if silent else None,
        stderr=printed if silent else None,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the supervisor only, which asks all ranks to stop
    )
    return Rank(number, process, printed)


def _threads(ranks: int) -> dict[str, str]:
    """Return what shares the cores between the ranks of a machine."""
    each = str(max(1, len(os.sched_getaffinity(0)) // ranks)) if hasattr(os, "sched_getaffinity") else "1"
    names = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")
    chosen = {} if ranks == 1 else {name: os.environ.get(name, each) for name in names}
    return {**chosen, "TF_CONFIG": ""}


def _watch(ranks: Sequence[Rank], heartbeat: Heartbeat, wish: "_Wish") -> tuple[int, str]:
    """Return the exit status, and why the training failed, "" where it did not."""
    while any(rank.status is None for rank in ranks):
        if heartbeat.failure:
            return 1, heartbeat.failure
        failed = next((rank for rank in ranks if rank.failed), None)
        if failed:
            return _failed(failed, ranks)
        if wish.count and wish.pass_on(ranks):
            return INTERRUPTED, "A rank did not stop when it was asked to."
        time.sleep(LOOK_SECONDS)
    failed = next((rank for rank in ranks if rank.failed), None)
    return _failed(failed, ranks) if failed else (0, "")


def _failed(failed: Rank, ranks: Sequence[Rank]) -> tuple[int, str]:
    """Return the exit status after a rank ended, and why; a rank that has something to say itself gets the time to."""
    first, status = ranks[0], failed.status or 0
    if status < 0:
        return (INTERRUPTED if -status == signal.SIGTERM else 1), failed.ending()
    seconds = STOP_SECONDS if status == INTERRUPTED else GRACE_SECONDS
    for rank in ranks:
        _wait(rank, seconds)
    if INTERRUPTED in {rank.status for rank in ranks}:
        return INTERRUPTED, ""
    if first.number == 0 and (first.status or 0) > 0:
        return first.status or 0, first.ending()
    return 1, failed.ending()


def _wait(rank: Rank, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while rank.status is None and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)


class _Wish:
    """How often, and when, the user asked to stop."""

    def __init__(self) -> None:
        self.count, self._passed_on, self._since = 0, 0, 0.0

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Take Ctrl-C or SIGTERM."""
        self.count += 1
        self._since = self._since or time.monotonic()

    def pass_on(self, ranks: Sequence[Rank]) -> bool:
        """Ask the ranks, once; say whether it is time to end them by force: asked twice, or too long ago."""
        if not self._passed_on:
            self._passed_on = self.count
            for rank in ranks:
                if rank.status is None:
                    rank.process.send_signal(signal.SIGTERM)
        return self.count > 1 or time.monotonic() - self._since > STOP_SECONDS


@contextmanager
def _asked_to_stop() -> Iterator[_Wish]:
    wish = _Wish()
    before = {number: signal.signal(number, wish.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
