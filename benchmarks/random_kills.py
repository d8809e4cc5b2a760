"""Kill a random rank of a training at a random moment, many times: do all end, and does it resume to the same weights?

    python benchmarks/random_kills.py --ranks 2 --kills 20

A training of digits by several processes runs once unbroken, and once is killed again and again and resumed each time:
half of the kills come while it starts, half while it trains, so that it goes on from one to the next. At the end all
weights are compared, and what `saccade` keeps of them as a hash. Printed for each kill: who, when, how long the others
lived on. Exit status 1 when one lived longer than 60 seconds, or a weight differs.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from saccade.core.run import Run

MOST_SECONDS = 60
TRAINING = ["digits", "model=dense", "optimizer=sgd", "momentum=0.9", "none_rate=0", "precision=float32", "--no-check"]


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after this epoch was done, None: after the start."""

    epoch: int | None
    seconds: float

    def describe(self):
        since = "its start" if self.epoch is None else f"epoch {self.epoch}"
        return f"{self.seconds:5.2f} s after {since}"


def train(*words):
    return [sys.executable, "-m", "saccade", "train", *map(str, words), "--quiet"]


def ranks_of(process):
    try:
        return psutil.Process(process.pid).children()
    except psutil.NoSuchProcess:
        return []


def epochs_done(run):
    try:
        with (run / "history.csv").open() as file:
            return sum(1 for _ in file) - 1
    except FileNotFoundError:
        return 0


def unbroken(command, run):
    """Run a training to its end; return the seconds until its first epoch was done."""
    began, first = time.monotonic(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            first = first or (time.monotonic() - began if epochs_done(run) else 0.0)
            time.sleep(0.02)
    if process.returncode:
        sys.exit("The training that was left alone failed.")
    return first


def moments(chance, *, kills, epochs, start_seconds):
    """Return when to kill, in order: in the start or in one of the epochs that are still to come."""
    training = sorted(chance.sample(range(1, epochs), kills - kills // 2))
    found = [Moment(epoch, chance.uniform(0, 0.5)) for epoch in training]
    for _ in range(kills // 2):
        found.insert(chance.randrange(len(found) + 1), Moment(None, chance.uniform(0, start_seconds)))
    return found


def kill_once(command, run, moment, chance):
    """Return (rank, seconds that the others lived on), or None where the training was over before."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    since = time.monotonic() if moment.epoch is None else None
    while since is None or time.monotonic() - since < moment.seconds or not ranks_of(process):
        if process.poll() is not None:
            return None
        if since is None and epochs_done(run) >= moment.epoch:
            since = time.monotonic()
        time.sleep(0.02)
    ranks = ranks_of(process)
    at = chance.randrange(len(ranks))
    ranks[at].send_signal(signal.SIGKILL)
    killed = time.monotonic()
    try:
        process.wait(2 * MOST_SECONDS)
    finally:
        process.kill()
    psutil.wait_procs(ranks, timeout=2 * MOST_SECONDS)
    return at, time.monotonic() - killed


def largest_difference(first, second):
    from saccade.core.backend import keras

    found = [keras.models.load_model(Run(run).last_model_path).get_weights() for run in (first, second)]
    return max(float(np.abs(a - b).max()) for a, b in zip(*found, strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance, together = random.Random(given.seed), ("--processes", given.ranks)
    survived = []
    with tempfile.TemporaryDirectory() as folder:
        broken, whole = Path(folder) / "broken", Path(folder) / "whole"
        new = [*TRAINING, f"epochs={given.epochs}", *together, "--run"]
        start_seconds = unbroken(train(*new, whole), whole)
        print(f"left alone: its first epoch was done after {start_seconds:.1f} s", flush=True)

        def command():  # killed before it had a run, it starts anew
            return train("--resume", broken, *together) if (broken / "run.json").exists() else train(*new, broken)

        for moment in moments(chance, kills=given.kills, epochs=given.epochs, start_seconds=start_seconds):
            found = kill_once(command(), broken, moment, chance)
            if not found:
                break
            survived.append(found[1])
            number, (rank, lived) = len(survived), found
            print(f"kill {number:3}: rank {rank}, {moment.describe()}; all ended {lived:4.1f} s later", flush=True)
        subprocess.run(command(), check=False, stdout=subprocess.DEVNULL)
        difference = largest_difference(broken, whole)
        hashes = [Run(run).manifest["weights_sha256"] for run in (broken, whole)]
    slowest = max(survived, default=0)
    same = "the same" if hashes[0] == hashes[1] else "other"
    print(f"{len(survived)} kills; all ended within {slowest:.1f} s; largest difference of a weight: {difference:g}")
    print(f"hash of the weights after the last epoch: {hashes[0][:16]}, {same} as of the training left alone")
    if len(survived) < given.kills:
        print("The training was over before all kills were done: give more --epochs.")
    sys.exit(int(slowest > MOST_SECONDS or difference > 0 or same != "the same" or len(survived) < given.kills))


if __name__ == "__main__":
    main()
