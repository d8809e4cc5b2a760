"""The machine at hand, for the record of what was measured on it."""

import os
import platform
from pathlib import Path


def machine_name() -> str:
    """Return the processor's name and its cores: "AMD EPYC, 2 cores"."""
    return f"{_processor()}, {os.cpu_count()} cores"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")  # Linux; elsewhere Python knows at least the kind
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
