"""Train on folders of photos from a pretrained network: whole time from the folder to the evaluated run, and accuracy.

    python benchmarks/photos.py photos/                          # three splits, everything, as `saccade train photos/`
    python benchmarks/photos.py photos/ --budget 20s             # what a linear layer on features reaches
    python benchmarks/photos.py photos/ --each 10                # ten images a class
    python benchmarks/photos.py photos/ --setting model=pretrained

Each split is trained by a process of its own with an empty cache, as a first start is. The exit status is 1 when the
mean accuracy is below --target. Processor seconds stand beside the time: of two quiet cores the time is about half.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--budget", default="", help="as of `saccade train`")
    parser.add_argument("--each", type=int, help="only so many images a class are trained on; the test stays whole")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--target", type=float, default=0)
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--setting", action="append", default=[], metavar="FIELD=VALUE")
    options = parser.parse_args()
    found = []
    for seed in range(options.splits):
        with tempfile.TemporaryDirectory(prefix="photos-") as folder:
            found.append(trained(options, seed, Path(folder)))
            print(json.dumps(found[-1]), flush=True)
    accuracy = np.mean([each["accuracy"] for each in found])
    seconds, processor = (np.mean([each[name] for each in found]) for name in ("seconds", "processor_seconds"))
    print(
        f"{options.data.name}: accuracy {accuracy:.4f}, mean of {options.splits} splits "
        f"(target {options.target}); {seconds:.0f} s each, {processor:.0f} s of processor time"
    )
    sys.exit(0 if accuracy >= options.target else 1)


def trained(options, seed, folder):
    started, before = time.monotonic(), _processor()
    data, settings = options.data.resolve(), list(options.setting)
    if options.each:
        data, settings = _few(data, options.each, seed, folder), [*settings, "split=given"]
    budget = [f"budget={options.budget}"] if options.budget else []
    words = [options.recipe, f"data={data}", f"split_seed={seed}", *budget, *settings]
    command = [sys.executable, "-m", "saccade", "train", *words, "--evaluate", "--json", "--runs", str(folder / "runs")]
    environment = {**os.environ, "SACCADE_CACHE": str(folder / "cache")}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode:
        sys.exit(result.stderr)
    run = next((folder / "runs").iterdir())
    return {
        "split": seed,
        "accuracy": json.loads((run / "evaluation.json").read_text())["metrics"]["accuracy"]["value"],
        "seconds": round(time.monotonic() - started, 1),
        "processor_seconds": round(_processor() - before, 1),
        "tried": _tried(run),
    }


def _few(data, each, seed, folder):
    """Return a folder with so many training images a class, and 15% of all others as the test."""
    rng, target = random.Random(seed), folder / "few"
    for images in sorted(path for path in data.iterdir() if path.is_dir()):
        files = sorted(images.iterdir())
        rng.shuffle(files)
        test = round(0.15 * len(files))
        for split, chosen in (("test", files[:test]), ("train", files[test : test + each])):
            (target / split / images.name).mkdir(parents=True)
            for file in chosen:
                (target / split / images.name / file.name).symlink_to(file)
    return target


def _tried(run):
    path = run / "race.json"
    entries = json.loads(path.read_text())["entries"] if path.exists() else []
    return {each["name"]: [each["score"] and round(each["score"], 4), each["seconds"]] for each in entries}


def _processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
