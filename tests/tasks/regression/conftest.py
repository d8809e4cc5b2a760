"""Grey images of a bar whose length is the number, and one small run on them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.core.run import Run
from saccade.tasks import base
from saccade.training import train

SIDE = 8
SMALL = {"model": {"name": "dense"}, "validation": 0.25, "test": 0.25, "epochs": 2, "learning_rate": 0.01}


def draw_bars(count, *, seed=0):
    """Return images (n, 8, 8) of a bar on noise, and lengths in millimetres, 2.5 a pixel."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 120, (count, SIDE, SIDE), dtype=np.uint8)
    pixels = rng.integers(1, SIDE + 1, count)
    for image, length in zip(images, pixels, strict=True):
        image[rng.integers(0, SIDE), :length] = 255
    return images, np.round(pixels * 2.5 + rng.normal(0, 0.5, count), 3)


@pytest.fixture(scope="session")
def bars():
    """Give the function that draws bars: bars(20, seed=1)."""
    return draw_bars


@pytest.fixture(scope="session")
def write_table():
    """Give a function that writes images and a table of their numbers beside them, and returns the table."""

    def write(folder: Path, lengths, *, header="path,length", name="bars.csv", seed=0):
        folder.mkdir(parents=True, exist_ok=True)
        lines = [header]
        for number, (image, length) in enumerate(zip(draw_bars(len(lengths), seed=seed)[0], lengths, strict=True)):
            Image.fromarray(image).save(folder / f"{seed}-{number:03d}.png")
            lines.append(f"{seed}-{number:03d}.png,{length}")
        (folder / name).write_text("\n".join(lines) + "\n")
        return folder / name

    return write


@pytest.fixture(scope="session")
def recipe_for():
    """Give a function that returns the recipe of a small, quick training."""
    return lambda data, **changes: recipes.read("regression", **{**SMALL, "data": str(data), **changes})


@pytest.fixture(scope="session")
def train_on(recipe_for):
    """Give a function that returns a finished run: train_on(table, folder, seed=1)."""

    def trained(data, folder, **changes):
        recipe, dataset = base.prepare(recipe_for(data, **changes), quiet=True)
        return train(recipe, dataset, folder=folder)

    return trained


@pytest.fixture(scope="session")
def table(write_table, tmp_path_factory):
    """Two hundred bars, and a table of their lengths."""
    return write_table(tmp_path_factory.mktemp("bars"), draw_bars(200)[1])


@pytest.fixture(scope="session")
def run(table, train_on, run_once) -> Run:
    """A run on the bars, evaluated once."""

    def make(folder):
        found = train_on(table, folder / "run")
        base.for_run(found).evaluate(found)

    return run_once("bars", make)
