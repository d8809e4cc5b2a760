"""Train detectors on photos with boxes, with several seeds, and open the test split of each once.

    python benchmarks/objects.py boxes/bccd --seeds 3
    python benchmarks/objects.py boxes/bccd --seeds 1 --validation epochs=12 model.features=32
    python benchmarks/objects.py boxes/raccoon --seeds 1 model=pretrained learning_rate=.002 image_size=224 epochs=20
    python benchmarks/objects.py boxes/raccoon --folds 3 model=pretrained learning_rate=.002 image_size=224 epochs=20

A row is a seed; the last one is the mean over the seeds. With --validation the scores are those of the validation
images, by which settings are chosen, and the test split stays sealed. So it does with --folds, which is for few images:
a row is a part of all others, judged by a training on the rest, and the seed is that of the split. Seconds are those
of training, which other work on the same cores makes longer.
"""

import argparse
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml

METRICS = ("ap50", "ap", "ap75")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("changes", nargs="*", help="settings of the recipe: epochs=10")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--validation", action="store_true", help="score the validation images, not the test")
    parser.add_argument("--folds", type=int, help="cross-validate on all images but the test, in so many parts")
    options = parser.parse_intermixed_args()
    changes = settings(options.changes)
    print("| seed | AP50 | AP | AP75 | best baseline, AP50 | training |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    split = "validation" if options.validation else "test"
    if options.folds:
        rows = [row(number, *fold(options.data, number, options.folds, changes)) for number in range(options.folds)]
    else:
        rows = [row(seed, *trained(options.data, seed, changes, split=split)) for seed in range(options.seeds)]
    means = [statistics.mean(row[at] for row in rows) for at in range(len(METRICS))]
    print(f"| mean | {' | '.join(f'**{mean:.4f}**' for mean in means)} | | |")


def settings(changes):
    """Return the settings that words say: "epochs=10"."""
    return {name: yaml.safe_load(value) for name, value in (change.split("=", 1) for change in changes)}


def row(name, run, found):
    """Print the row of a training and its evaluation, and return AP50, AP and AP75."""
    scores = [found.metrics[name] for name in METRICS]
    cells = map(written, scores)
    print(f"| {name} | {' | '.join(cells)} | {found.baseline.score.value:.3f} | {run['seconds']:.0f} s |", flush=True)
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
        return described(run), found


def described(run):
    """Return what a run was."""
    return {"seconds": run.manifest["seconds"], "epochs": run.recipe.epochs, "image_size": run.recipe.image_size}


def fold(data, number, folds, changes):
    """Train on all images but those of the test and of one part; return the run and its evaluation on the part."""
    from saccade.core import recipe as recipes
    from saccade.tasks import base

    recipe = recipes.read("object_detection", data=str(data), **changes)
    task = base.named("object_detection", "images")
    recipe, dataset = task.prepare(recipe, quiet=True)
    order = np.random.default_rng(0).permutation(np.flatnonzero(dataset.splits != "test"))
    part, rest = order[number::folds], np.setdiff1d(order, order[number::folds])
    splits = np.full(len(dataset), "train", dataset.splits.dtype)
    splits[part] = "test"
    splits[np.random.default_rng(number).permutation(rest)[: len(rest) // 10]] = "validation"
    return judged(recipe, replace(dataset, splits=splits).only(np.sort(order)))


def judged(recipe, dataset):
    """Train on data in their splits; return what the run was and its evaluation on the images of the test."""
    from saccade.inference import load_model
    from saccade.tasks.object_detection.answers import answers
    from saccade.tasks.object_detection.baselines import baseline_answers
    from saccade.tasks.object_detection.evaluating import scored
    from saccade.tasks.object_detection.marked_and_found import beside
    from saccade.training import racing

    with tempfile.TemporaryDirectory() as folder:
        run = racing.train(recipe, dataset, runs=Path(folder), export=False)
        rows = dataset.rows("test")
        images = beside(dataset, rows, answers(load_model(run), dataset, rows, recipe))
        simple = baseline_answers(dataset, rows, recipe)
        return described(run), scored(images, 0.5, split="test", baselines=simple)


if __name__ == "__main__":
    main()
