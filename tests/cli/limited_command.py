"""Run a command with little data, then, with little memory left, on much; run by test_memory_limit.py.

What a command takes whatever the data, such as libraries and compiled graphs, is there after the first time. From then
on a limit (RLIMIT_DATA: heaps, stacks and private mappings; files that are mapped are not counted) leaves so much.
"""

import resource
import sys
from pathlib import Path

from saccade.cli import run

BETWEEN = "--and-then"


def limit_memory(left):
    """Leave so many bytes to this process from now on, and show that it is so."""
    lines = Path("/proc/self/status").read_text().splitlines()
    used = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (used + left, used + left))
    try:
        bytearray(2 * left)
    except MemoryError:
        sys.stderr.write("limited\n")


def main():
    """Read: bytes that are left, the command with little data, the same with much."""
    left, *words = sys.argv[1:]
    place = words.index(BETWEEN)
    if status := run(words[:place]):
        sys.exit(status)
    limit_memory(int(left))
    sys.stdout.write("much:\n")
    sys.exit(run(words[place + 1 :]))


if __name__ == "__main__":
    main()
