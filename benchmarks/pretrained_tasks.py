"""Numbers and several labels of photos, from a pretrained network and from nothing, at equal processor time.

    python benchmarks/pretrained_tasks.py cells boxes/bccd              # how many red cells, from VOC's XML
    python benchmarks/pretrained_tasks.py kinds boxes/bccd              # which kinds of cells
    python benchmarks/pretrained_tasks.py pairs trashnet --splits 3     # two photos side by side: both of their classes

Training from nothing is run for the recipe's own epochs, which says what an epoch takes, and then, where that was less,
for as many as take the processor time of all that the pretrained start tried. What counts is processor time, so that
other work on the machine does no harm. Every split is trained in a process of its own; the data are made once.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

SCORES = {"regression": "mae", "multi_label": "mean_average_precision"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["cells", "kinds", "pairs"])
    parser.add_argument("data", type=Path)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=1500, help="images that are made of two")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pretrained-") as folder:
        task, table = _made(options, Path(folder))
        for seed in range(options.splits):
            known = _trained(task, table, seed, Path(folder), "pretrained=true")
            print(json.dumps({"split": seed, "from": "pretrained", **known}), flush=True)
            plain = _trained(task, table, seed, Path(folder), "pretrained=false")
            print(json.dumps({"split": seed, "from": "nothing", **plain}), flush=True)
            more = int(plain["epochs"] * known["processor_seconds"] / plain["processor_seconds"])
            if more > plain["epochs"]:
                plain = _trained(task, table, seed, Path(folder), "pretrained=false", f"epochs={more}")
                print(json.dumps({"split": seed, "from": "nothing, as long", **plain}), flush=True)


def _made(options, folder):
    """Return the task, and a table of images and what is asked of them."""
    make = {"cells": _cells, "kinds": _kinds, "pairs": _pairs}[options.what]
    rows = make(options, folder)
    with (folder / "images.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["path", "said"], *rows])
    return ("regression" if options.what == "cells" else "multi_label"), folder / "images.csv"


def _objects(options, folder):
    for note in sorted((options.data / "Annotations").glob("*.xml")):
        image = next((options.data / "JPEGImages").glob(f"{note.stem}.*"), None)
        if image:
            (folder / image.name).symlink_to(image.resolve())
            yield image.name, Counter(each.text for each in ElementTree.parse(note).getroot().iterfind("object/name"))


def _cells(options, folder):
    return [[name, found["RBC"]] for name, found in _objects(options, folder)]


def _kinds(options, folder):
    return [[name, "|".join(sorted(found))] for name, found in _objects(options, folder)]


def _pairs(options, folder):
    rng, rows = random.Random(0), []
    photos = sorted(path for path in options.data.glob("*/*") if path.suffix.lower() in {".jpg", ".png"})
    for number in range(options.pairs):
        both = rng.sample(photos, 2)
        canvas = Image.new("RGB", (320, 160))
        for place, path in enumerate(both):
            canvas.paste(Image.open(path).convert("RGB").resize((160, 160)), (160 * place, 0))
        canvas.save(folder / f"{number}.jpg", quality=92)
        rows.append([f"{number}.jpg", "|".join(sorted({path.parent.name for path in both}))])
    return rows


def _trained(task, table, seed, folder, *settings):
    before, runs = _processor(), Path(tempfile.mkdtemp(dir=folder, prefix="runs-"))
    words = [task, f"data={table}", "label=said", f"split_seed={seed}", *settings]
    command = [sys.executable, "-m", "saccade", "train", *words, "--evaluate", "--json", "--runs", str(runs)]
    environment = {**os.environ, "SACCADE_CACHE": str(Path(tempfile.mkdtemp(dir=folder, prefix="cache-")))}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode:
        sys.exit(result.stderr)
    run = next(path for path in runs.iterdir() if (path / "run.json").exists())
    score = json.loads((run / "evaluation.json").read_text())["metrics"][SCORES[task]]
    race = run / "race.json"
    tried = json.loads(race.read_text())["entries"] if race.exists() else []
    return {
        SCORES[task]: {name: np.round(value, 4).item() for name, value in score.items()},
        "processor_seconds": round(_processor() - before, 1),
        "epochs": len((run / "history.csv").read_text().splitlines()) - 1,
        "tried": {each["name"]: each["score"] and round(each["score"], 4) for each in tried},
    }


def _processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
