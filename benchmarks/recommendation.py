"""Train recommenders on random splits of ratings, and open the test split of each once, beside the baselines.

    python benchmarks/recommendation.py movielens-100k --splits 5
    python benchmarks/recommendation.py movielens-100k --splits 1 --models rbm autorec,hidden=100

A row is a model or a baseline, the mean over the splits; each holds out a fifth of every user's ratings. Settings
behind a model's name are options of it. Without validation ratings a training ends after its last epoch: what a recipe
says was chosen on ratings that were held out of the other four fifths.
"""

import argparse
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

import yaml

MEASURES = {"rmse": "RMSE", "mae": "MAE", "ndcg": "nDCG@10", "recall": "recall@10", "coverage": "coverage"}
MODELS = ("rbm", "rbm,biases=true", "rbm_binary", "autorec")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
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
    own_recipe = f"films-{name.replace('_', '-')}"
    recipe = own_recipe if own_recipe in registry.names("recipes") else "films-rbm"
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


if __name__ == "__main__":
    main()
