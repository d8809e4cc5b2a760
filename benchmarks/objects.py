"""Train detectors on photos with boxes, with several seeds, and open the test split of each once.

    python benchmarks/objects.py boxes/bccd --seeds 3
    python benchmarks/objects.py boxes/bccd --seeds 1 --validation epochs=12 model.features=32
    python benchmarks/objects.py boxes/raccoon --seeds 1 model=pretrained learning_rate=.002 image_size=224 epochs=20

A row is a seed; the last one is the mean over the seeds. With --validation the scores are those of the validation
images, by which settings are chosen, and the test split stays sealed. Seconds are those of training, which other work
on the same cores makes longer.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import yaml

METRICS = ("ap50", "ap", "ap75")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("changes", nargs="*", help="settings of the recipe: epochs=10")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--validation", action="store_true", help="score the validation images, not the test")
    options = parser.parse_intermixed_args()
    changes = settings(options.changes)
    print("| seed | AP50 | AP | AP75 | best baseline, AP50 | training |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    split = "validation" if options.validation else "test"
    rows = [row(options.data, seed, changes, split=split) for seed in range(options.seeds)]
    means = [statistics.mean(row[at] for row in rows) for at in range(len(METRICS))]
    print(f"| mean | {' | '.join(f'**{mean:.4f}**' for mean in means)} | | |")


def settings(changes):
    """Return the settings that words say: "epochs=10"."""
    return {name: yaml.safe_load(value) for name, value in (change.split("=", 1) for change in changes)}


def row(data, seed, changes, *, split):
    """Train with a seed, print the row, and return AP50, AP and AP75 on a split."""
    run, found = trained(data, seed, changes, split=split)
    scores = [found.metrics[name] for name in METRICS]
    cells = map(written, scores)
    print(f"| {seed} | {' | '.join(cells)} | {found.baseline.score.value:.3f} | {run['seconds']:.0f} s |", flush=True)
    return [score.value for score in scores]


def written(score):
    """Return a score with its interval, where it has one."""
    if score.low is None:
        return "–" if score.value is None else f"{score.value:.4f}"
    return f"{score.value:.4f} ({score.low:.3f} to {score.high:.3f})"


def trained(data, seed, changes, *, split):
    """Train with a seed; return what the run was (seconds, epochs, image_size) and its evaluation on a split."""
    import saccade

    with tempfile.TemporaryDirectory() as folder:
        run = saccade.train(task="object_detection", data=str(data), seed=seed, runs=folder, quiet=True, **changes)
        found = run.evaluate(split=split)
        recipe = run.recipe
        seconds = run.manifest["seconds"]
    return {"seconds": seconds, "epochs": recipe.epochs, "image_size": recipe.image_size}, found


if __name__ == "__main__":
    main()
