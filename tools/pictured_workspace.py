"""A workspace for the pictures of the documentation: drawn fruit, a table, and runs on them; nothing is downloaded.

python tools/pictured_workspace.py FOLDER      two minutes on two cores; what is there already is kept
"""

import contextlib
import csv
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import saccade
from saccade import export, report
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.evaluation.answered_split import answered_split
from saccade.modalities.images.label_file import LabelFile, SaidBox, Word
from saccade.tasks import base

FRUIT = {
    "apple": ((196, 42, 36), 1.0),
    "lemon": ((238, 205, 52), 1.45),
    "plum": ((98, 52, 120), 1.2),
    "lime": ((110, 170, 50), 1.1),
    "orange": ((240, 138, 30), 1.0),
}
"""Colour of each, and how long it is to its width."""

LARGE = 3
"""Everything is drawn so much larger, and then made smaller: edges are smooth."""


def make_workspace(folder: Path) -> Path:
    """Return the folder with data and runs; what is there already stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    _unless(folder / "fruit", draw_fruit)
    _unless(folder / "table", draw_tables)
    _unless(folder / "payments.csv", write_payments)
    runs = folder / "runs"
    for left in runs.glob("quick-digits-*"):  # what was trained for the last picture of a training
        shutil.rmtree(left)
    _train(runs, "digits-1", "quick-digits", epochs=8)
    _train(runs, "digits-2", "digits", model="convnet", image_size=28, epochs=4)
    _train(runs, "films-1", "films-autorec", epochs=20)
    _train(runs, "payments-1", str(folder / "payments.csv"), label="is_fraud", epochs=12)
    _train(runs, "table-1", str(folder / "table" / "labels.jsonl"), epochs=30, image_size=128)
    return folder


def _unless(path: Path, make: Callable[[Path, np.random.Generator], None]) -> None:
    if not path.exists():
        make(path, np.random.default_rng(0))


def _train(runs: Path, name: str, what: str, **settings: Any) -> None:
    """Train a run, export it and keep its answers, where it is not there yet."""
    if not (runs / name / "report.html").exists():
        print(f"trains {name}", flush=True)
        saccade.train(what, run=runs / name, **settings, quiet=True, check=False)
        run = Run.open(runs / name)
        export.export(run, timed=False, quiet=True)
        with contextlib.suppress(RunError):  # ratings have no answers one by one
            answered_split(run)
        base.for_run(run).evaluate(run, split="test", data=None, quiet=True)
        report.report(run, quiet=True)


# Drawn fruit


def draw_fruit(folder: Path, rng: np.random.Generator) -> None:
    """Draw 260 photos of one fruit each, in no order; what each shows stands in a table beside the folder."""
    folder.mkdir()
    shown = []
    for number in range(260):
        name = list(FRUIT)[rng.integers(len(FRUIT))]
        image = elsewhere(wood(rng, 96, 96), rng)
        place(image, rng, name, rng.uniform(30, 66, 2), rng.uniform(14, 32))
        grain(image, rng).save(folder / f"{number:03}.jpg", quality=90)
        shown.append((f"{number:03}.jpg", name))
    with folder.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "label"), *shown])


def draw_tables(folder: Path, rng: np.random.Generator) -> None:
    """Draw 90 photos of a table with two to five fruits; the boxes of 60 are in its label file."""
    folder.mkdir()
    words = []
    for number in range(90):
        image, boxes = wood(rng, 320, 240), []
        for column in rng.permutation(5)[: rng.integers(2, 6)]:
            name, middle = list(FRUIT)[rng.integers(len(FRUIT))], (36 + 62 * column, rng.uniform(60, 180))
            boxes.append(SaidBox(name, place(image, rng, name, middle, rng.uniform(20, 32))))
        grain(image, rng).save(folder / f"{number:02}.jpg", quality=90)
        words.append(Word(f"{number:02}.jpg", None, boxes=tuple(boxes), size=(240, 320)))
    LabelFile.beside(folder, kind="boxes").append_boxes(words[:60])


def wood(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return boards, in a light of their own."""
    image = Image.new("RGB", (width * LARGE, height * LARGE))
    pen, tone = ImageDraw.Draw(image), rng.uniform(0.8, 1.15)
    top, board = 0, int(rng.integers(30, 46)) * LARGE
    while top < image.height:
        colour = tuple(int(min(255, each * tone * rng.uniform(0.93, 1.07))) for each in (186, 148, 108))
        pen.rectangle((0, top, image.width, top + board), fill=colour)
        pen.line((0, top, image.width, top), fill=tuple(each * 3 // 4 for each in colour), width=LARGE)
        top += board
    return image


def elsewhere(boards: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return boards of another colour, lying or standing, in a light of their own: no photo is a near-duplicate."""
    turned = boards.transpose(Image.Transpose.ROTATE_90) if rng.random() < 0.5 else boards
    light = Image.fromarray(rng.uniform(40, 255, (3, 3)).astype(np.uint8)).resize(turned.size, Image.Resampling.BICUBIC)
    tint = np.array([[1, 1, 1], [0.5, 0.7, 1.1], [1.1, 1.15, 1.3], [0.55, 0.8, 0.6], [0.4, 0.42, 0.5]])[rng.integers(5)]
    pixels = np.asarray(turned, np.float32) * tint * (0.35 + np.asarray(light, np.float32)[..., None] / 255)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def place(
    image: Image.Image, rng: np.random.Generator, name: str, middle: "tuple[float, float]", radius: float
) -> tuple[float, float, float, float]:
    """Draw a fruit with its shade, and return its box in pixels of the photo."""
    colour, length = FRUIT[name]
    shift = rng.uniform(0.88, 1.1)
    wide, high = (round(each * LARGE) for each in (radius * length, radius))
    left, top = round(middle[0] * LARGE) - wide, round(middle[1] * LARGE) - high
    shade = Image.new("L", image.size)
    ImageDraw.Draw(shade).ellipse((left, top + high, left + 2 * wide + 14, top + 2 * high + 14), fill=110)
    image.paste((40, 26, 16), mask=shade.filter(ImageFilter.GaussianBlur(3 * LARGE)))
    pen = ImageDraw.Draw(image)
    for step in np.linspace(0, 1, 14):  # lighter towards the lamp
        inner = 1 - 0.85 * step
        light = [int(min(255, each * shift * (0.72 + 0.4 * step) + 34 * step**3)) for each in colour]
        x, y = left + wide * (1 - 0.25 * step), top + high * (1 - 0.3 * step)
        pen.ellipse((x - wide * inner, y - high * inner, x + wide * inner, y + high * inner), fill=tuple(light))
    if name in {"apple", "plum"}:
        pen.line((left + wide, top + high // 4, left + wide + 3 * LARGE, top - 5 * LARGE), (70, 44, 22), 2 * LARGE)
    sides = (left / LARGE, top / LARGE, (left + 2 * wide) / LARGE, (top + 2 * high) / LARGE)
    return tuple(float(np.clip(side, 0, image.size[at % 2] / LARGE)) for at, side in enumerate(sides))


def grain(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a photo in its size, with a little noise."""
    small = image.resize((image.width // LARGE, image.height // LARGE), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, np.float32) + rng.normal(0, 3, (small.height, small.width, 1))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write_payments(path: Path, rng: np.random.Generator) -> None:
    """Write 3,000 payments, a twentieth of them fraudulent."""
    fraud = rng.random(3000) < 0.05
    kinds = np.where(fraud, rng.choice(["shop", "online"], 3000, p=[0.2, 0.8]), rng.choice(["shop", "online"], 3000))
    amount = rng.lognormal(3.2 + 1.1 * fraud, 0.7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("amount", "age", "hour", "kind", "is_fraud"))
        for row in range(3000):
            age, hour = rng.normal(45 - 15 * fraud[row], 9), rng.integers(0, 6) if fraud[row] else rng.integers(7, 23)
            writer.writerow((f"{amount[row]:.2f}", f"{age:.0f}", hour, kinds[row], int(fraud[row])))


if __name__ == "__main__":
    make_workspace(Path(sys.argv[1]))
