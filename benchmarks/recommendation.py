"""Train recommenders on several random splits of ratings, and judge them beside every baseline on the same questions.

    python benchmarks/recommendation.py ml-100k/u.data                          # all recipes, five random 80/20 splits
    python benchmarks/recommendation.py ratings.csv --splits 2 films-autorec films-rbm:model.hidden=50

Settings were chosen on validation ratings cut from the 80%, of one split; here nothing is set apart, and the last epoch
counts. Of each measure the mean over the splits and its standard deviation are written, as a Markdown table.
"""

import argparse
import shlex
import tempfile
from collections import defaultdict
from pathlib import Path

import yaml

RECIPES = (
    "films-rbm",
    "films-rbm:model.biases=false model.hidden=300 model.decay=0.003",
    "films-autorec",
    "films-rbm-binary",
)
MEASURES = ("rmse", "mae", "ndcg", "recall", "precision", "coverage")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
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
        learn_baselines_once()
        for place, row in enumerate(options.rows):
            evaluation, spent = judged(row, options, split)
            seconds[row].append(spent)
            note(scores[row], evaluation.metrics)
            for baseline in evaluation.baselines if place == 0 else ():  # they are the same for each
                note(scores[baseline.title], baseline.metrics)
            found = " ".join(f"{name} {evaluation.metrics[name].value:.4f}" for name in ("rmse", "ndcg"))
            print(f"split {split}: {row} in {spent:.0f} s, {found}", flush=True)
    table = "\n".join(lines(scores, seconds))
    print(table)
    if options.save:
        options.save.write_text(table + "\n", encoding="utf-8")


def judged(row, options, split):
    """Return the evaluation of a recipe on one random split, and the seconds that its training took."""
    import saccade

    name, *settings = shlex.split(row.replace(":", " ", 1))
    pairs = (setting.split("=", 1) for setting in settings)
    changes = {key: yaml.safe_load(value) for key, value in pairs}  # as text, "false" would be true
    fixed = {"data": options.data, "test": options.test, "validation": 0, "split_seed": split, "seed": split}
    with tempfile.TemporaryDirectory() as folder:
        run = saccade.train(name, runs=folder, quiet=True, check=False, **{**fixed, **changes})
        return run.evaluate(), run.manifest["seconds"]


def learn_baselines_once():
    """Let all recipes of a split be judged beside the same baselines: they learn from the same ratings."""
    from saccade.tasks.recommendation import evaluating
    from saccade.tasks.recommendation.baseline_answers import baselines

    learnt = {}

    def remembered(*arguments, **options):
        learnt.update(learnt or baselines(*arguments, **options))
        return learnt

    evaluating.baselines = remembered


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


if __name__ == "__main__":
    main()
