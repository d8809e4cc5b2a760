"""Train recipes on real data, open the test split once, and compare with the published score and our own target.

    SACCADE_DATA_HOME=folder python benchmarks/scores.py                 # all, about two hours on two cores
    python benchmarks/scores.py mnist-dense quick-mnist:epochs=1         # some, with changed settings

A row is a recipe, optionally with `:field=value` settings. The exit status is 1 when a target is missed. Figures are
written as a Markdown table, and with --save into a file.
"""

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

TARGETS = {  # what to run: (published accuracy, our target)
    "mnist-dense": (0.978, 0.975),
    "mnist-convnet": (0.990, 0.990),
    "mnist-estimator": (0.9689, 0.965),
    "mnist-lenet-adam": (0.9884, 0.988),
    "mnist-lenet-sgd": (0.9785, 0.975),
    "fashion-convnet": (None, 0.900),
    "cifar10-lenet": (0.7414, 0.7414),
    "cifar10-lenet-adam:seed=1": (0.6361, 0.6361),
    "cifar10-convnet": (None, 0.73),
    "cifar10-vgg16": (None, 0.89),
    "cifar10-resnet18": (None, 0.90),
    "cifar10-googlenet": (None, 0.89),
    "cifar10-mobilenet": (None, 0.86),
    "quick-mnist:epochs=1": (None, 0.990),
    "quick-mnist": (None, 0.994),
    "quick-fashion-mnist": (None, 0.92),
    "quick-cifar10": (None, 0.90),
    "dbn-digits:validation=0 model.trained=head": (0.9778, 0.978),
    "dbn-digits:validation=0": (None, 0.985),
    "dbn-mnist": (0.9875, 0.9875),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", nargs="*", default=list(TARGETS))
    parser.add_argument("--target", type=float, help="least accuracy, for rows that are not in the table")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    import saccade

    lines = [
        "| recipe | test accuracy | 95% interval | published | target | training |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    print("\n".join(lines), flush=True)
    missed = []
    for row in options.rows:
        name, *settings = shlex.split(row.replace(":", " ", 1))
        published, target = TARGETS.get(row, (None, options.target))
        changes = dict(setting.split("=", 1) for setting in settings)
        with tempfile.TemporaryDirectory() as folder:
            run = saccade.train(name, runs=folder, quiet=True, **changes)
            accuracy = run.evaluate().accuracy
            seconds = run.manifest["seconds"]
        if target is not None and accuracy.value < target:
            missed.append(f"{row}: {accuracy.value:.4f}, below {target}")
        lines.append(
            f"| `{' '.join([name, *settings])}` | **{accuracy.value:.4f}** "
            f"| {accuracy.low:.4f} to {accuracy.high:.4f} | {published or '–'} | {target or '–'} | {seconds:.0f} s |"
        )
        print(lines[-1], flush=True)
        if options.save:
            options.save.write_text("\n".join(lines) + "\n")
    sys.exit("\n".join(["Missed:", *missed]) if missed else 0)


if __name__ == "__main__":
    main()
