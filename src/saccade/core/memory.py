"""How much memory this process may still take: what the machine has free, and what limits leave of it."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use."""


def free() -> int:
    """Return the bytes that this process may still take.

    The least of what the machine has available, what the limits of its container leave (cgroup v2 and v1), and what
    its own limits leave (`ulimit -v`, `ulimit -d`).
    """
    available = int(psutil.virtual_memory().available)
    return max(0, min([available, *_left_by_container(), *_left_by_limits()]))


def _left_by_container() -> Iterator[int]:
    pairs = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
    for limit_file, usage_file in pairs:
        limit, usage = _number(CGROUP / limit_file), _number(CGROUP / usage_file)
        if limit is not None and usage is not None:
            yield limit - usage + _cached()


def _cached() -> int:
    """Return the bytes of files that the container holds in memory: they are given up for what is needed more."""
    for place in (CGROUP / "memory.stat", CGROUP / "memory/memory.stat"):
        if place.is_file():
            rows = dict(line.split() for line in place.read_text().splitlines() if len(line.split()) == 2)
            return int(rows.get("inactive_file", 0))
    return 0


def _number(path: Path) -> int | None:
    """Return the number in a file; None where there is none: "max" is no limit."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _left_by_limits() -> Iterator[int]:
    if sys.platform == "win32":
        return
    resource = importlib.import_module("resource")  # which Windows has not
    used = psutil.Process().memory_info()
    for name, taken in (("RLIMIT_AS", used.vms), ("RLIMIT_DATA", getattr(used, "data", used.rss))):
        limit, _ = resource.getrlimit(getattr(resource, name))
        if limit != resource.RLIM_INFINITY:
            yield limit - taken
