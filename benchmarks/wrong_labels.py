"""Make 3% of the labels of MNIST wrong, search them as `saccade labels` does, and see how many come first.

    SACCADE_DATA_HOME=folder python benchmarks/wrong_labels.py                # about 3 minutes on two cores
    SACCADE_DATA_HOME=folder python benchmarks/wrong_labels.py cifar10 --target 0

Each chosen image outside of the test split gets another class at random. The exit status is 1 when fewer of them than
the target are among the first 4% of the ranking; of labels that are right, none would have to be there.
"""

import argparse
import sys
import time
from dataclasses import replace

import numpy as np

WRONG, FIRST = 0.03, 0.04


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="mnist", help="a name, folder or recipe [mnist]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", type=float, default=0.85)
    parser.add_argument("--epochs", type=int, help="passes of each training [as saccade labels]")
    options = parser.parse_args()
    from saccade.cli._settings import what_to_train
    from saccade.core import recipe
    from saccade.tasks import base
    from saccade.tasks.classification import label_errors
    from saccade.training.display import show

    started = time.monotonic()
    name, changes = what_to_train(options.data, {})
    settled, dataset = base.prepare(recipe.read(name, **changes))
    rows = np.flatnonzero(dataset.splits != "test")
    random = np.random.default_rng(options.seed)
    wrong = random.permutation(rows)[: round(WRONG * len(rows))]
    labels = dataset.labels.copy()
    labels[wrong] = (labels[wrong] + random.integers(1, len(dataset.classes), len(wrong))) % len(dataset.classes)
    with show() as progress:
        suspects = label_errors.find_suspects(
            settled, replace(dataset, labels=labels), epochs=options.epochs, remember=False, progress=progress
        )

    is_wrong = np.isin(suspects.rows, wrong)
    first = is_wrong[: round(FIRST * len(rows))].sum() / len(wrong)
    right_class = (suspects.suggested == dataset.labels[suspects.rows])[is_wrong].mean()
    flagged = suspects.flagged
    print(f"{options.data}: {len(wrong):,} of {len(rows):,} labels made wrong with seed {options.seed}")
    print(f"among the first {FIRST:.0%} of the ranking: {first:.2%} of them (target {options.target:.0%})")
    print(f"suggested is the true class of {right_class:.2%} of them")
    print(
        f"flagged: {flagged.sum():,}, {is_wrong[flagged].mean():.2%} of these made wrong by us; "
        f"{is_wrong[flagged].sum() / len(wrong):.2%} of all that were made wrong"
    )
    print(f"networks agree with {suspects.agreement:.2%} of the labels; {time.monotonic() - started:.0f} s in all")
    sys.exit(0 if first >= options.target else 1)


if __name__ == "__main__":
    main()
