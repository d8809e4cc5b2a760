"""What several processes on one machine gain, beside one process on the same cores.

    python benchmarks/scaling.py

The same training (quick on digits at 56 pixels, by default) as one process on one core, as one, two and four on two
cores, in turn, until the minutes are over. Printed of each, as medians:

- images a second: of the training split, over the seconds of an epoch by the clock, validation and saving included,
  without the first epoch, which compiles;
- efficiency: that over what one process does on one core, times the cores;
- beside one process: that over what one process does on as many cores;
- seconds from start to end, and processor seconds of all processes.

Only a quiet machine tells: the processor time that others take is printed too.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path

import psutil

from saccade.core.run import Run

DEFAULT = ["digits", "image_size=56", "model=quick", "epochs=6", "batch_size=128", "precision=float32", "none_rate=0"]
LAYOUTS = ["1x1", "1x2", "2x2", "4x2"]


@dataclass(frozen=True)
class Layout:
    """So many processes on so many cores, written 2x2."""

    processes: int
    cores: int

    @classmethod
    def read(cls, text):
        return cls(*(int(number) for number in text.split("x")))


@dataclass(frozen=True)
class Measured:
    """One training: images a second, seconds from start to end, processor seconds, and the part that others took."""

    speed: float
    seconds: float
    spent: float
    others: float

    @classmethod
    def median(cls, several):
        return cls(*(statistics.median(values) for values in zip(*map(astuple, several), strict=True)))


def measure(words, layout, folder):
    command = [sys.executable, "-m", "saccade", "train", *words, "--no-check", "--quiet", "--run", folder]
    before, busy, began = spent_by_children(), busy_seconds(), time.monotonic()
    with on_cores(layout.cores):
        subprocess.run([*command, "--processes", str(layout.processes)], check=True, stdout=subprocess.DEVNULL)
    seconds, spent = time.monotonic() - began, spent_by_children() - before
    others = max(0.0, busy_seconds() - busy - spent) / (seconds * os.cpu_count())
    run = Run(Path(folder))
    epoch = statistics.median(row["seconds"] for row in run.history[1:])
    return Measured([*run.split.values()].count("train") / epoch, seconds, spent, others)


class on_cores:  # noqa: N801  (reads as a word)
    """Keep this process, and those it starts, on the first so many of its cores."""

    def __init__(self, count):
        self._before = os.sched_getaffinity(0)
        if count > len(self._before):
            raise SystemExit(f"{count} cores are asked for and {len(self._before)} are here: give other --layouts.")
        self._chosen = sorted(self._before)[:count]

    def __enter__(self):
        os.sched_setaffinity(0, self._chosen)

    def __exit__(self, *error):
        os.sched_setaffinity(0, self._before)


def spent_by_children():
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def busy_seconds():
    """Return the processor seconds of all that runs on this machine, since it started."""
    found = psutil.cpu_times()
    return found.user + found.nice + found.system


def rounds(words, layouts, minutes, folder):
    """Return what was measured of each layout, by whole rounds: none begins that would not end in time."""
    found, began, longest, turn = {layout: [] for layout in layouts}, time.monotonic(), 0.0, 0
    while not turn or time.monotonic() - began + longest < 60 * minutes:
        start = time.monotonic()
        for layout in layouts:
            found[layout].append(measure(words, layout, f"{folder}/{layout.processes}x{layout.cores}-{turn}"))
        longest, turn = max(longest, time.monotonic() - start), turn + 1
    return found


def table(found):
    """Return the lines of a Markdown table."""
    middle = {layout: Measured.median(several) for layout, several in found.items()}
    one = {layout.cores: each.speed for layout, each in middle.items() if layout.processes == 1}
    yield "| processes | cores | images/s | efficiency | beside one process | start to end | processor seconds |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for layout, each in middle.items():
        alone = f"{each.speed / (one[1] * layout.cores):.2f}" if 1 in one else ""
        beside = f"{each.speed / one[layout.cores]:.2f}" if layout.cores in one else ""
        sides = (f"{each.speed:,.0f}", alone, beside, f"{each.seconds:.1f} s", f"{each.spent:.1f}")
        yield f"| {layout.processes} | {layout.cores} | {' | '.join(sides)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layouts", nargs="+", default=LAYOUTS, help="processes x cores")
    parser.add_argument("--minutes", type=float, default=5.5, help="in all; the first round is always made")
    parser.add_argument("--words", nargs="+", default=DEFAULT, help="of `saccade train`")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = rounds(given.words, [Layout.read(each) for each in given.layouts], given.minutes, folder)
    print(*table(found), sep="\n")
    times = len(next(iter(found.values())))
    others = statistics.mean(each.others for several in found.values() for each in several)
    print(f"\nRounds: {times}. Others took {others:.0%} of the machine's processor time meanwhile.")


if __name__ == "__main__":
    main()
