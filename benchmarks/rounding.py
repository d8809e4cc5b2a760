"""How far rounding alone carries a training: one process beside itself and beside several.

    python benchmarks/rounding.py --nudges 4 --ranks 2 4
    python benchmarks/rounding.py --boxes 60 --nudges 3 --ranks 2 4     # a detector, of 60 images with boxes

Sums over ranks add the same numbers in another order, so their last digit may differ. What that does to the weights at
the end is measured twice: by trainings of one process in which half of the starting weights are the next larger
float32, and by trainings of several ranks. Printed of each: the largest difference of a weight from the training of one
process left alone, and from the nearest other training in the list. The first says how much rounding matters to this
training, whoever rounds; several ranks are as good as one process where they are no farther away.
"""

import argparse
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from PIL import Image

from saccade.cli import train as cli_train
from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.training.trainer import Trainer

DEFAULT = [
    *("digits", "model=quick", "model.width=8", "model.dropout=0.2", "optimizer=sgd", "momentum=0.9", "epochs=3"),
    *("augment.shift=0.1", "augment.mixup=0.2", "augment.cutout=0.3", "label_smoothing=0.1", "none_rate=0"),
]
DETECTOR = [
    *("model=residual", "model.width=0.25", "model.features=16", "optimizer=sgd", "momentum=0.9", "epochs=3"),
    *("learning_rate=0.001", "batch_size=8", "image_size=64", "augment.shift=0.1", "augment.zoom=0.1"),
    *("validation=0.1", "test=0.1", "duplicates=ignored"),
]
SIDE = 64
"""Pixels of the images with boxes."""


@contextmanager
def nudged(seed):
    """Let trainings begin with half of their weights, chosen by a seed, one float32 higher; 0: none."""
    attach, rng = Trainer.attach, np.random.default_rng(seed)

    def attached(trainer, *feeds):
        attach(trainer, *feeds)
        for weight in trainer.network.trainable_weights if seed else ():
            values = keras.ops.convert_to_numpy(weight)
            weight.assign(np.where(rng.random(values.shape) < 0.5, values, np.nextafter(values, np.float32(np.inf))))

    Trainer.attach = attached
    try:
        yield
    finally:
        Trainer.attach = attach


def by_one(words, run, *, nudge):
    with nudged(nudge):
        given = [*words, "precision=float32", "--no-check", "--quiet", "--run", str(run)]
        CliRunner().invoke(cli_train.command, given, catch_exceptions=False)
    return weights(run)


def by_several(words, run, *, ranks):
    command = [sys.executable, "-m", "saccade", "train", *words, "precision=float32", "--no-check", "--quiet"]
    subprocess.run([*command, "--run", run, "--processes", str(ranks)], check=True, stdout=subprocess.DEVNULL)
    return weights(run)


def draw_boxes(folder, count):
    """Write images with one to three bright squares and bars, and their boxes as YOLO has them."""
    rng, sizes = np.random.default_rng(0), ((14, 14), (24, 8))
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "data.yaml").write_text("path: .\ntrain: images\nnames: [square, bar]\n")
    for number in range(count):
        pixels, lines = rng.integers(0, 60, (SIDE, SIDE), np.uint8), []
        for _ in range(rng.integers(1, 4)):
            kind = int(rng.integers(2))
            width, height = sizes[kind]
            left, top = rng.integers(0, SIDE - width), rng.integers(0, SIDE - height)
            pixels[top : top + height, left : left + width] = rng.integers(190, 256)
            box = np.array([left + width / 2, top + height / 2, width, height]) / SIDE
            lines.append(f"{kind} " + " ".join(f"{each:.6f}" for each in box))
        Image.fromarray(pixels).save(folder / "images" / f"{number:03}.png")
        (folder / "labels" / f"{number:03}.txt").write_text("\n".join(lines) + "\n")
    return str(folder)


def weights(run):
    return keras.models.load_model(Run(run).last_model_path).get_weights()


def distance(first, second):
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nudges", type=int, default=4, help="trainings of one process with other last digits")
    parser.add_argument("--ranks", type=int, nargs="*", default=[2])
    parser.add_argument("--boxes", type=int, metavar="COUNT", help="train a detector on so many generated images")
    parser.add_argument("--words", nargs="+", help="of `saccade train`, in place of those of a small training")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        drawn = [draw_boxes(at / "boxes", given.boxes)] if given.boxes else []
        given.words = [*drawn, *(given.words or (DETECTOR if drawn else DEFAULT))]
        found = {"one process": by_one(given.words, at / "one", nudge=0)}
        for seed in range(1, given.nudges + 1):
            found[f"one process, last digits {seed}"] = by_one(given.words, at / f"nudge{seed}", nudge=seed)
        for ranks in given.ranks:
            found[f"{ranks} ranks"] = by_several(given.words, at / f"ranks{ranks}", ranks=ranks)
    print("| training | from one process | from the nearest other |\n| --- | ---: | ---: |")
    alone = found["one process"]
    for name, each in found.items():
        nearest = min(distance(each, other) for other in found.values() if other is not each)
        print(f"| {name} | {distance(each, alone):.1e} | {nearest:.1e} |")


if __name__ == "__main__":
    main()
