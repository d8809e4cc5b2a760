"""The machine at hand, for the record of what was measured on it."""

import os
import platform
from pathlib import Path


def machine_name() -> str:
    """Return the processor's name and its cores: "AMD EPYC, 2 cores"."""
    return f"{_processor()}, {os.cpu_count()} cores"


def cores() -> int:
    """Return how many cores this process may use: fewer than there are where it is confined to some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")  # Linux; elsewhere Python knows at least the kind
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
