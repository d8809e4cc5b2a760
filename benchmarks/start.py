"""Where the time of a short training goes that is no training: the whole process, by two clocks.

    SACCADE_DATA_HOME=your-data-folder python benchmarks/start.py         # fast-mnist and the demo, three times each
    python benchmarks/start.py --times 1 "train quick-digits"

Seconds on the wall count what a person waits for, on cores that nothing else uses; processor seconds (user and system,
all threads) also mean something on shared ones. The first line of a command may have a cold cache: nothing unpacked, no
duplicates known. `until` is how long training took to its target, as the run says.
"""

import argparse
import json
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMANDS = ("train fast-mnist", "demo")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commands", nargs="*", default=COMMANDS, help='"train fast-mnist", "demo" …')
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    print("| command | | wall, s | processor, s | peak, GB | until, s |\n| --- | --- | --- | --- | --- | --- |")
    for command in given.commands:
        found = [measured(command) for _ in range(given.times)]
        for number, each in enumerate(found, start=1):
            print_row(command, str(number), each)
        print_row(command, "median", [statistics.median(column) for column in zip(*found, strict=True)])


def measured(command):
    """Return wall and processor seconds, peak memory in GB, and seconds to the target (or not a number)."""
    with tempfile.TemporaryDirectory() as folder:
        before, started = used(), time.monotonic()
        saccade = [sys.executable, "-m", "saccade", *shlex.split(command), "--runs", folder]
        subprocess.run(saccade, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONWARNINGS": "ignore"})
        wall = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6  # of the largest so far
        runs = [json.loads(path.read_text(encoding="utf-8")) for path in Path(folder).glob("*/run.json")]
    until = next((run["until"]["seconds"] for run in runs if "until" in run), float("nan"))
    return wall, used() - before, peak, until


def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def print_row(command, number, values):
    print(f"| `saccade {command}` | {number} | " + " | ".join(f"{value:.1f}" for value in values) + " |", flush=True)


if __name__ == "__main__":
    main()
