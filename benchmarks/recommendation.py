<<<<<<< HEAD
"""Train recommenders on several random splits of ratings, and judge them beside every baseline on the same questions.

    python benchmarks/recommendation.py ml-100k/u.data                          # all recipes, five random 80/20 splits
    python benchmarks/recommendation.py ratings.csv --splits 2 films-autorec films-rbm:model.hidden=50

Settings were chosen on validation ratings cut from the 80%, of one split; here nothing is set apart, and the last epoch
counts. Of each measure the mean over the splits and its standard deviation are written, as a Markdown table.
"""

import argparse
import shlex
=======
"""Train recommenders on random splits of ratings, and open the test split of each once, beside the baselines.

    python benchmarks/recommendation.py movielens-100k --splits 5
    python benchmarks/recommendation.py movielens-100k --splits 1 --models rbm autorec rbm.biases=true

A row is a model or a baseline, the mean over the splits; each holds out a fifth of every user's ratings. Settings behind
a model's name are options of it. Without validation ratings a training ends after its last epoch: what a recipe says was
chosen on ratings that were held out of the other four fifths.
"""

import argparse
import statistics
>>>>>>> r-judge
import tempfile
from collections import defaultdict
from pathlib import Path

<<<<<<< HEAD
RECIPES = ("films-rbm", "films-rbm:model.biases=true", "films-autorec", "films-rbm-binary")
MEASURES = ("rmse", "mae", "ndcg", "recall", "precision", "coverage")
=======
import yaml

MEASURES = {"rmse": "RMSE", "mae": "MAE", "ndcg": "nDCG@10", "recall": "recall@10", "coverage": "coverage"}
MODELS = ("rbm", "rbm,biases=true", "rbm_binary", "autorec")
>>>>>>> r-judge


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
<<<<<<< HEAD
    parser.add_argument("data")
    parser.add_argument("rows", nargs="*", default=list(RECIPES))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="seed of the first split")
    parser.add_argument("--test", type=float, default=0.2)
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    scores = defaultdict(lambda: defaultdict(list))
    seconds = defaultdict(list)
    for split in range(options.first, options.first + options.splits):
        for place, row in enumerate(options.rows):
            evaluation, spent = judged(row, options, split)
            seconds[row].append(spent)
            note(scores[row], evaluation.metrics)
            for baseline in evaluation.baselines if place == 0 else ():  # they are the same for each
                note(scores[baseline.title], baseline.metrics)
            print(f"split {split}: {row} in {spent:.0f} s", flush=True)
    table = "\n".join(lines(scores, seconds))
    print(table)
    if options.save:
        options.save.write_text(table + "\n", encoding="utf-8")


def judged(row, options, split):
    """Return the evaluation of a recipe on one random split, and the seconds that its training took."""
    import saccade

    name, *settings = shlex.split(row.replace(":", " ", 1))
    changes = dict(setting.split("=", 1) for setting in settings)
    fixed = {"data": options.data, "test": options.test, "validation": 0, "split_seed": split, "seed": split}
    with tempfile.TemporaryDirectory() as folder:
        run = saccade.train(name, runs=folder, quiet=True, check=False, **{**fixed, **changes})
        return run.evaluate(), run.manifest["seconds"]


def note(found, metrics):
    for measure in MEASURES:
        if measure in metrics and metrics[measure].value is not None:
            found[measure].append(metrics[measure].value)


def lines(scores, seconds):
    """Yield the rows of a Markdown table."""
    yield f"| | {' | '.join(MEASURES)} | training |"
    yield "| --- |" + " --- |" * (len(MEASURES) + 1)
    for name, found in scores.items():
        cells = [shown(found[measure]) if measure in found else "–" for measure in MEASURES]
        spent = f"{sum(seconds[name]) / len(seconds[name]):.0f} s" if name in seconds else "–"
        yield f"| {name} | {' | '.join(cells)} | {spent} |"


def shown(values):
    mean = sum(values) / len(values)
    deviation = (sum((each - mean) ** 2 for each in values) / max(1, len(values) - 1)) ** 0.5
    return f"{mean:.4f} ± {deviation:.4f}"
=======
    parser.add_argument("data", type=Path)
    parser.add_argument("changes", nargs="*", help="settings of the recipe: epochs=10")
    parser.add_argument("--models", nargs="*", default=MODELS, help="each with its options: rbm,biases=true,hidden=50")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--validation", type=float, default=0.0, help="part of the ratings to choose by")
    parser.add_argument("--test", type=float, default=0.2)
    options = parser.parse_intermixed_args()
    found = defaultdict(list)
    for split in range(options.splits):
        for number, model in enumerate(options.models):
            evaluation, seconds = judged(model, split, options)
            found[f"**{model}**"].append((evaluation.metrics, seconds))
            if number == 0:  # the baselines are the same beside every network
                for each in evaluation.baselines:
                    found[each.title].append((each.metrics, None))
        print(f"split {split + 1} of {options.splits} done", flush=True)
    print(table(found))


def settings(texts):
    return {name: yaml.safe_load(value) for name, value in (text.split("=", 1) for text in texts)}


def judged(model, split, options):
    """Train a model on a split, and return its evaluation on the test ratings and the seconds of its training."""
    import saccade
    from saccade.core import registry

    name, *own = model.split(",")
    recipe = f"films-{name}" if f"films-{name}" in registry.names("recipes") else "films-rbm"
    with tempfile.TemporaryDirectory() as folder:
        run = saccade.train(
            recipe,
            data=str(options.data),
            model={"name": name, **settings(own)},
            seed=split,
            split_seed=split,
            validation=options.validation,
            test=options.test,
            runs=folder,
            quiet=True,
            **settings(options.changes),
        )
        return run.evaluate(), run.manifest["seconds"]


def table(found):
    """Return a Markdown table of means over the splits, with the standard deviation of RMSE and nDCG."""
    lines = [f"| | {' | '.join(MEASURES.values())} | training |", "| --- " * (len(MEASURES) + 2) + "|"]
    for name, results in found.items():
        cells = [cell([metrics[measure].value for metrics, _ in results if measure in metrics]) for measure in MEASURES]
        seconds = [each for _, each in results if each is not None]
        lines.append(f"| {name} | {' | '.join(cells)} | {f'{statistics.mean(seconds):.0f} s' if seconds else ''} |")
    return "\n".join(lines)


def cell(values):
    if not values:
        return "–"
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"
>>>>>>> r-judge


if __name__ == "__main__":
    main()
