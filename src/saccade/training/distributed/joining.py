"""How a process that a supervisor has started becomes a rank of a training."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from saccade.training.distributed.cluster import Place
from saccade.training.distributed.peers import connected
from saccade.training.distributed.world import World

DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


@contextmanager
def joined(place: Place) -> Iterator[World]:
    """Be a rank among others, which can be asked and told things; TensorFlow is not there yet."""
    die_with_parent()
    with connected(place) as peers:
        yield World(place.rank, len(place.addresses), place.local, peers)


def die_with_parent() -> None:
    """End this process when its supervisor has died, whatever it is doing."""
    parent = os.getppid()
    if sys.platform == "linux":  # also within TensorFlow's start, which lets no thread of Python run
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
