"""Grey images in which each label is a bright corner, and one small run on them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.core.run import Run
from saccade.tasks import base
from saccade.training import train

TAGS = ("cat", "dog", "frog")
SHARES = (0.5, 0.3, 0.2)
CORNERS = ((0, 0), (0, 5), (5, 0))
SMALL = {"model": {"name": "dense"}, "validation": 0.25, "test": 0.25, "epochs": 2, "learning_rate": 0.01}


def draw_corners(count, *, seed=0):
    """Return images (n, 8, 8) and truth (n, 3)."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((count, len(TAGS))) < SHARES).astype(np.uint8)
    images = rng.integers(0, 160, (count, 8, 8), dtype=np.uint8)
    for image, tags in zip(images, truth, strict=True):
        for there, (row, column) in zip(tags, CORNERS, strict=True):
            if there:
                image[row : row + 3, column : column + 3] = rng.integers(170, 256)
    return images, truth


@pytest.fixture(scope="session")
def corners():
    """Give the function that draws them: corners(20, seed=1)."""
    return draw_corners


@pytest.fixture(scope="session")
def write_table():
    """Give a function that writes images and a table: write_table(folder, truth, cells=…, header=…)."""

    def write(folder: Path, images, cells, *, header="path,tags", name="photos.csv"):
        folder.mkdir(parents=True, exist_ok=True)
        lines = [header]
        for number, (image, cell) in enumerate(zip(images, cells, strict=True)):
            Image.fromarray(image).save(folder / f"{number:03d}.png")
            lines.append(f"{number:03d}.png,{cell}")
        (folder / name).write_text("\n".join(lines) + "\n")
        return folder / name

    return write


@pytest.fixture(scope="session")
def recipe_for():
    """Give a function that returns the recipe of a small, quick training."""
    return lambda data, **changes: recipes.read(
        "multi_label", **{**SMALL, "data": str(data), "augment": {}, "duplicates": "ignored", **changes}
    )


@pytest.fixture(scope="session")
def train_on(recipe_for):
    """Give a function that returns a finished run: train_on(table, folder, seed=1)."""

    def trained(data, folder, **changes):
        recipe, dataset = base.prepare(recipe_for(data, **changes), quiet=True)
        return train(recipe, dataset, folder=folder)

    return trained


@pytest.fixture(scope="session")
def table(write_table, tmp_path_factory):
    """Three hundred images, and a table with a column for each label."""
    images, truth = draw_corners(300)
    rows = [",".join(map(str, each)) for each in truth.tolist()]
    return write_table(tmp_path_factory.mktemp("corners"), images, rows, header="path,cat,dog,frog")


@pytest.fixture(scope="session")
def run(table, train_on, run_once) -> Run:
    """A run on them, evaluated once."""

    def make(folder):
        found = train_on(table, folder / "run", epochs=4)
        base.for_run(found).evaluate(found)

    return run_once("corners", make)
