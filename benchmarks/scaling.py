"""What several processes on one machine gain, beside one process on the same cores.

    python benchmarks/scaling.py --processes 1 2

The same training (quick on digits at 28 pixels, by default) by one process and by several. Printed are the seconds of
an epoch by the clock (median, without the first, which compiles), and processor seconds of all processes from their
start to the end.
On cores that others use, only the processor seconds mean something.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from saccade.core.run import Run


def measure(words, processes, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "saccade", "train", *words, "--no-check", "--quiet", "--run", folder]
    subprocess.run([*command, "--processes", str(processes)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    history = Run(Path(folder)).history
    return statistics.median(row["seconds"] for row in history[1:]), spent, history[-1]["loss"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3, help="each is measured so often, in turn")
    default = [
        "digits",
        "image_size=28",
        "model=quick",
        "epochs=6",
        "batch_size=128",
        "precision=float32",
        "none_rate=0",
    ]
    parser.add_argument("words", nargs="*", default=default, help="of `saccade train`")
    given = parser.parse_args()
    found = {count: [] for count in given.processes}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(given.rounds):
            for count in given.processes:
                found[count].append(measure(given.words, count, f"{folder}/{count}-{turn}"))
    first = statistics.median(epoch for epoch, _, _ in found[given.processes[0]])
    print("processes  seconds an epoch  times as fast  processor seconds in all  last loss")
    for count, rounds in found.items():
        epoch, spent, loss = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{count:9}  {epoch:16.2f}  {first / epoch:13.2f}  {spent:24.1f}  {loss:9.5f}")


if __name__ == "__main__":
    main()
