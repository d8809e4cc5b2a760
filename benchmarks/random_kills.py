"""Kill a random rank of a training at a random moment, many times: do all end, and does it resume to the same weights?

    python benchmarks/random_kills.py --ranks 4 --kills 20

One training of digits by several processes is killed again and again, at its start too, and resumed each time; at the
end its weights are compared with those of one that was left alone. Printed for each kill: who, when, how long the
others lived on. Exit status 1 when one lived longer than 60 seconds, or a weight differs.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

MOST_SECONDS = 60
TRAINING = ["digits", "model=dense", "optimizer=sgd", "momentum=0.9", "none_rate=0", "precision=float32", "--no-check"]


def train(*words):
    return [sys.executable, "-m", "saccade", "train", *map(str, words), "--quiet"]


def ranks_of(process):
    try:
        return psutil.Process(process.pid).children()
    except psutil.NoSuchProcess:
        return []


def kill_once(command, chance, longest):
    """Return (rank, when, seconds that the others lived on), or None where the training was over before."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    when, began = chance.uniform(1, longest), time.monotonic()
    while time.monotonic() - began < when or not ranks_of(process):
        if process.poll() is not None:
            return None
        time.sleep(0.05)
    ranks = ranks_of(process)
    at = chance.randrange(len(ranks))
    ranks[at].send_signal(signal.SIGKILL)
    killed = time.monotonic()
    try:
        process.wait(2 * MOST_SECONDS)
    finally:
        process.kill()
    psutil.wait_procs(ranks, timeout=2 * MOST_SECONDS)
    return at, when, time.monotonic() - killed


def largest_difference(first, second):
    from saccade.core.backend import keras
    from saccade.core.run import Run

    found = [keras.models.load_model(Run(run).last_model_path).get_weights() for run in (first, second)]
    return max(float(np.abs(a - b).max()) for a, b in zip(*found, strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=1500)
    parser.add_argument("--longest", type=float, default=40, help="seconds from a start to its kill, at most")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance, together = random.Random(given.seed), ("--processes", given.ranks)
    slowest = done = 0
    with tempfile.TemporaryDirectory() as folder:
        broken, whole = Path(folder) / "broken", Path(folder) / "whole"
        new = train(*TRAINING, f"epochs={given.epochs}", *together, "--run", broken)
        while done < given.kills:
            # killed before it had a run, it starts anew
            resumes = (broken / "run.json").exists()
            found = kill_once(train("--resume", broken, *together) if resumes else new, chance, given.longest)
            if not found:
                break
            done += 1
            slowest = max(slowest, found[2])
            print(
                f"kill {done:3}: rank {found[0]} after {found[1]:5.1f} s; all ended {found[2]:5.1f} s later", flush=True
            )
        subprocess.run(train("--resume", broken, *together) if (broken / "run.json").exists() else new, check=False)
        subprocess.run(train(*TRAINING, f"epochs={given.epochs}", *together, "--run", whole), check=True)
        difference = largest_difference(broken, whole)
    print(f"{done} kills; all ended within {slowest:.1f} s; largest difference of a weight: {difference:g}")
    if done < given.kills:
        print("The training was over before all kills were done: give more --epochs.")
    sys.exit(int(slowest > MOST_SECONDS or difference > 0 or done < given.kills))


if __name__ == "__main__":
    main()
