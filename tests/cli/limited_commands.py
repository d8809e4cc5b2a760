"""Run a command within a limit of memory: what is loaded, and so much more; run by test_memory_limit.py."""

import importlib
import resource
import sys
from pathlib import Path

LEFT = 128 * 2**20
"""Bytes that the limit leaves."""

LOADED = ("onnxruntime", "sklearn.neighbors", "sklearn.linear_model", "matplotlib.figure", "jinja2", "saccade.cli")
"""Libraries whose own size is not what is tested."""


def limit_memory():
    """Leave so much to this process from now on."""
    lines = Path("/proc/self/status").read_text().splitlines()
    used = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (used + LEFT, used + LEFT))


def main():
    """Load what every command needs, limit the memory, and run the command."""
    for name in LOADED:
        importlib.import_module(name)
    limit_memory()
    try:
        bytearray(2 * LEFT)
    except MemoryError:
        sys.stderr.write("limited\n")
    sys.exit(importlib.import_module("saccade.cli").run(sys.argv[1:]))


if __name__ == "__main__":
    main()
