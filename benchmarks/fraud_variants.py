"""The fraud autoencoders side by side on the credit-card table, with intervals, at two prevalences.

    python benchmarks/fraud_variants.py creditcard.csv                 # or a part of it, also .csv.gz

Each recipe is trained once with its own settings; the test split, which lies after the others in time, is opened once
at the table's own share of frauds and once re-weighted to that of the whole published table, 492 of 284,807. The simple
detectors stand below; they are fitted on the same training rows. The exit status is 1 when no recipe reaches --target.
"""

import argparse
import sys
import tempfile
from pathlib import Path

VARIANTS = ("", "-deep", "-sparse", "-denoising", "-contractive")
RECIPES = ("ae", *(f"fraud-autoencoder{variant}" for variant in VARIANTS))
PUBLISHED = 492 / 284_807


def evaluated(name, source, folder, given):
    from saccade import training
    from saccade.core import recipe
    from saccade.tasks import base
    from saccade.tasks.anomaly_detection.evaluating import evaluate

    settings = {"data": source, "label": "Class", "time": "Time", **given}
    run = training.train(*base.prepare(recipe.read(name, **settings)), runs=folder)
    return run.manifest["seconds"], evaluate(run), evaluate(run, prevalence=PUBLISHED)


def line(name, roc_auc, natural, rare, seconds=None):
    took = "" if seconds is None else f"{seconds:8.0f} s"
    return f"{name:<30}{roc_auc!s:<28}{natural!s:<28}{rare!s:<28}{took}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="the credit-card table, or a part of it")
    parser.add_argument("--recipes", default=",".join(RECIPES), help="names with commas between [all]")
    parser.add_argument("--target", type=float, default=0.95, help="ROC AUC that the best must reach [0.95]")
    parser.add_argument("--split-at-random", action="store_true", help="not by time: five times as many test frauds")
    options = parser.parse_args()
    given, best = ({"time": "", "columns": {"Time": "ignore"}} if options.split_at_random else {}), 0
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(options.recipes.split(",")):
            seconds, natural, rare = evaluated(name, options.source, Path(folder), given)
            if not number:
                counts = f"{natural.rows:,} test rows, {natural.anomalies} of them frauds"
                print(f"{counts}; average precision where so many rows are frauds:\n")
                shares = (f"{share.prevalence:.3%}" for share in (natural, rare))
                print(line("", "ROC AUC", *shares))
            scores = natural.roc_auc, natural.average_precision, rare.average_precision
            print(line(name, *scores, seconds), flush=True)
            best = max(best, natural.roc_auc.value)
    weighted = {each.name: each.average_precision for each in rare.rivals}
    for each in reversed(natural.rivals):
        print(line(each.title, each.roc_auc, each.average_precision, weighted[each.name]))
    sys.exit(0 if best >= options.target else 1)


if __name__ == "__main__":
    main()
