"""Seconds to the accuracy of a textbook's script: the script in plain Keras, the same in plain PyTorch, and ours.

    SACCADE_DATA_HOME=folder python benchmarks/time_to_accuracy.py --torch-python other/bin/python

Each runs in a process of its own, in turn, several times; medians of the fit and of the whole process, from its start
to its evaluation on the test images, are printed as Markdown with the machine's name. The scripts keep their own
settings: they know no target, so their time is that of all their epochs. Ours ends where validation shows the target;
its "fit" is everything from the making of the network to the calibrated model. The processor's seconds are given too:
on a machine with other work they say more than the clock. With --save the result is kept, and later runs print how
the ratios have changed.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "time_to_accuracy.json"


@dataclass(frozen=True)
class Script:
    """A textbook's network and training.

    Attributes:
        target: accuracy to be reached.
        recipe: of ours that reaches it.
        layers: (kind, number, kernel size), from the image to the last features; a dense layer of ten follows.
        padding: of its convolutions.
        optimizer: "rmsprop" or "adam", both with a rate of .001.
        batch_size, epochs: of its training.
    """

    target: float
    recipe: str
    layers: tuple[tuple, ...]
    padding: str
    optimizer: str
    batch_size: int
    epochs: int


POOL, FLATTEN = ("pool",), ("flatten",)
SCRIPTS = {
    "mnist": Script(
        0.99,
        "fast-mnist",
        (("conv", 32, 3), POOL, ("conv", 64, 3), POOL, ("conv", 128, 3), FLATTEN),
        "valid",
        "rmsprop",
        64,
        5,
    ),
    "fashion_mnist": Script(
        0.904,
        "fast-fashion-mnist",
        (("conv", 64, 3), POOL, ("conv", 64, 3), POOL, FLATTEN, ("dense", 128)),
        "valid",
        "adam",
        32,
        5,
    ),
    "cifar10": Script(
        0.7414,
        "fast-cifar10",
        (
            ("conv", 32, 4),
            POOL,
            ("dropout", 0.2),
            ("conv", 64, 4),
            POOL,
            ("dropout", 0.2),
            FLATTEN,
            ("dense", 1024),
            ("dropout", 0.2),
        ),
        "same",
        "adam",
        100,
        10,
    ),
}


def keras_script(script, data):
    """Return seconds of `fit` and test accuracy of the script, as books write it."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import numpy as np

    with np.load(data) as file:
        images, labels, test_images, test_labels = (file[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    images, test_images = images.astype("float32") / 255, test_images.astype("float32") / 255
    kinds = {
        "conv": lambda filters, size: keras.layers.Conv2D(filters, size, padding=script.padding, activation="relu"),
        "pool": keras.layers.MaxPooling2D,
        "flatten": keras.layers.Flatten,
        "dropout": keras.layers.Dropout,
        "dense": lambda units: keras.layers.Dense(units, activation="relu"),
    }
    network = keras.Sequential([keras.layers.Input(images.shape[1:])])
    for kind, *options in script.layers:
        network.add(kinds[kind](*options))
    network.add(keras.layers.Dense(10, activation="softmax"))
    network.compile(optimizer=script.optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    started = time.monotonic()
    network.fit(images, labels, batch_size=script.batch_size, epochs=script.epochs, verbose=0)
    seconds = time.monotonic() - started
    return {"fit": seconds, "accuracy": network.evaluate(test_images, test_labels, verbose=0)[1]}


def pytorch_script(script, data):
    """Return the same of the same network in plain PyTorch."""
    import numpy as np
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    with np.load(data) as file:
        arrays = [file[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    images, test_images = (torch.from_numpy(each.transpose(0, 3, 1, 2).copy()).float() / 255 for each in arrays[::2])
    labels, test_labels = (torch.from_numpy(each.astype(np.int64)) for each in arrays[1::2])
    kinds = {
        "conv": lambda filters, size: nn.Sequential(nn.LazyConv2d(filters, size, padding=script.padding), nn.ReLU()),
        "pool": lambda: nn.MaxPool2d(2),
        "flatten": nn.Flatten,
        "dropout": nn.Dropout,
        "dense": lambda units: nn.Sequential(nn.LazyLinear(units), nn.ReLU()),
    }
    network = nn.Sequential(*(kinds[kind](*options) for kind, *options in script.layers), nn.LazyLinear(10))
    network(images[:2])  # the lazy layers take their sizes
    optimizers = {
        "rmsprop": lambda weights: torch.optim.RMSprop(weights, lr=0.001, alpha=0.9),
        "adam": lambda weights: torch.optim.Adam(weights, lr=0.001),
    }
    optimizer = optimizers[script.optimizer](network.parameters())
    loader = DataLoader(TensorDataset(images, labels), batch_size=script.batch_size, shuffle=True)
    started = time.monotonic()
    for _ in range(script.epochs):
        for batch, targets in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(batch), targets).backward()
            optimizer.step()
    seconds = time.monotonic() - started
    network.eval()
    with torch.inference_mode():
        answers = torch.cat([network(batch).argmax(1) for batch in test_images.split(1000)])
    return {"fit": seconds, "accuracy": (answers == test_labels).float().mean().item()}


def as_npz(name, source, folder):
    """Write a data set as books load it, (n, h, w, c) uint8 and labels, and return the file."""
    import numpy as np

    from saccade.tasks import steps

    dataset = steps.prepare_training("quick", {"data": source, "validation": 0}, quiet=True).dataset
    rows = {"train": dataset.rows("train"), "test": dataset.rows("test")}
    path = folder / f"{name}.npz"
    found = {f"x_{split}": dataset.images[of] for split, of in rows.items()}
    np.savez(path, **found, **{f"y_{split}": dataset.labels[of] for split, of in rows.items()})
    return path


def ours(script, source, seed, folder):
    """Return the command that trains ours and opens the test split."""
    saccade = [sys.executable, "-m", "saccade", "train", script.recipe, "--json", "--evaluate"]
    return [*saccade, f"data={source}", f"seed={seed}", "--run", str(folder / f"run-{time.monotonic_ns()}")]


def timed(command):
    """Return what a process says last, with the seconds of it all, by the clock and of the processor."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]}
    said = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
    if "evaluation" in said:
        accuracy = said["evaluation"]["metrics"]["accuracy"]["value"]
        said = {"fit": said["seconds"], "accuracy": accuracy, "until": said["until"]}
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**said, "whole": time.monotonic() - started, "processor": processor}


def measure(options):
    """Return the measurements of each competitor by data set, in the order in which they were made."""
    found = {name: {} for name in options.only}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for data in options.only:
            source = options.data.get(data, data)
            file = as_npz(data, source, folder)
            for repeat in range(options.repeats):
                commands = {
                    "Keras": [sys.executable, __file__, "--one", "keras", data, str(file)],
                    "PyTorch": [options.torch_python, __file__, "--one", "pytorch", data, str(file)],
                    "Saccade": ours(SCRIPTS[data], source, repeat, folder),
                }
                for competitor in options.competitors:
                    if commands[competitor][0]:
                        measured = timed(commands[competitor])
                        print(f"{data}, {competitor}: {measured}", file=sys.stderr, flush=True)
                        found[data].setdefault(competitor, []).append(measured)
    return found


def medians(rows):
    """Return the medians of what was measured, of a competitor; None where it did not run."""
    good = [row for row in rows if "error" not in row]
    names = ("fit", "whole", "processor", "accuracy")
    return {name: statistics.median(row[name] for row in good) for name in names} if good else None


def table(found, before):
    """Yield the lines of a Markdown table; ratios are to the Keras script, and in brackets those of the result kept."""
    most = max(len(rows) for each in found.values() for rows in each.values())
    yield f"On {machine()}; medians of up to {most} runs."
    yield ""
    yield "| data, target | | fit | whole process | processor | test accuracy | of the Keras script's fit |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for data, competitors in found.items():
        for name, rows in competitors.items():
            median = medians(rows)
            start = f"| {data}, {SCRIPTS[data].target} | {name} |"
            if median is None:
                yield f"{start} did not run: {rows[-1]['error']} | | | | |"
                continue
            then = share(before.get(data, {}), name)
            kept = f" (kept: {then:.3f})" if then else ""
            of_keras = share(competitors, name)
            yield (
                f"{start} {median['fit']:.1f} s | {median['whole']:.1f} s | {median['processor']:.1f} s "
                f"| {median['accuracy']:.4f} | {f'{of_keras:.3f}' if of_keras else '–'}{kept} |"
            )


def share(competitors, name):
    """Return the fit of a competitor as a part of the Keras script's; None where one of them did not run."""
    each, keras = (medians(competitors.get(of, [])) for of in (name, "Keras"))
    return each["fit"] / keras["fit"] if each and keras else None


def machine():
    """Return the processor's name and its cores."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def place(text):
    """Read cifar10=/data/cifar10.npz."""
    name, equals, path = text.partition("=")
    if not equals or name not in SCRIPTS:
        raise argparse.ArgumentTypeError(f"write NAME=PATH with one of {', '.join(SCRIPTS)}")
    return name, path


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=SCRIPTS, default=list(SCRIPTS), help="data sets")
    parser.add_argument("--competitors", nargs="+", choices=COMPETITORS, default=list(COMPETITORS))
    parser.add_argument("--data", nargs="+", type=place, default=[], metavar="NAME=PATH", help="where data lie")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--torch-python", help="Python of an environment with PyTorch; left out: without it")
    parser.add_argument("--save", action="store_true", help=f"keep the result in {RESULTS.name}")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")
    parser.add_argument("--one", nargs=3, metavar=("SCRIPT", "DATA", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        script, data, file = options.one
        print(json.dumps({"keras": keras_script, "pytorch": pytorch_script}[script](SCRIPTS[data], file)))
        return
    options.data = dict(options.data)
    if "PyTorch" in options.competitors and not options.torch_python:
        print("PyTorch is left out: give --torch-python an environment that has it.", file=sys.stderr)
    before = json.loads(RESULTS.read_text())["found"] if RESULTS.exists() else {}
    found = measure(options)
    print(json.dumps(found) if options.json else "\n".join(table(found, before)))
    if options.save:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({"machine": machine(), "found": before | found}, indent=1) + "\n")


COMPETITORS = ("Keras", "PyTorch", "Saccade")

if __name__ == "__main__":
    main()
