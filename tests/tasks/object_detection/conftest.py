"""Dark images with bright squares and bars in Pascal VOC files, and small runs on them, one of them untrained."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.core.backend import seed_everything
from saccade.core.run import Run
from saccade.tasks import base
from saccade.training import train

CLASSES = ("bar", "square")
SMALL = {
    "model": {"name": "residual", "width": 0.25, "features": 32},
    "image_size": 64,
    "epochs": 8,
    "augment": {},
    "precision": "float32",  # the same numbers on processors with and without bfloat16
}
OBJECT = (
    "<object><name>{}</name><difficult>{}</difficult><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>"
    "<ymax>{}</ymax></bndbox></object>"
)


def draw_shapes(rng, *, side=64, most=3):
    """Return an image (side, side) and its objects: (name, left, top, right, bottom)."""
    pixels = rng.integers(0, 60, (side, side), dtype=np.uint8)
    objects = []
    for _ in range(int(rng.integers(0, most + 1))):
        name = CLASSES[int(rng.integers(0, 2))]
        width, height = (14, 14) if name == "square" else (24, 8)
        left, top = int(rng.integers(0, side - width)), int(rng.integers(0, side - height))
        if any(left < e[3] and e[1] < left + width and top < e[4] and e[2] < top + height for e in objects):
            continue
        pixels[top : top + height, left : left + width] = rng.integers(190, 256)
        objects.append((name, left, top, left + width, top + height))
    return pixels, objects


@pytest.fixture(scope="session")
def write_voc():
    """Give a function that writes images and their Pascal VOC files: write_voc(folder, count, seed=1)."""

    def write(folder: Path, count: int, *, seed: int = 0, most: int = 3) -> Path:
        rng = np.random.default_rng(seed)
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels, objects = draw_shapes(rng, most=most)
            Image.fromarray(pixels).save(folder / f"{number:03d}.png")
            marked = "".join(
                OBJECT.format(name, 0, left + 1, top + 1, right, bottom) for name, left, top, right, bottom in objects
            )
            size = "<size><width>64</width><height>64</height><depth>1</depth></size>"
            text = f"<annotation><filename>{number:03d}.png</filename>{size}{marked}</annotation>"
            (folder / f"{number:03d}.xml").write_text(text)
        return folder

    return write


@pytest.fixture(scope="session")
def recipe_for():
    """Give a function that returns the recipe of a small, quick training."""
    return lambda data, **changes: recipes.read(
        "object_detection",
        **{**SMALL, "data": str(data), "validation": 0.2, "test": 0.3, "duplicates": "ignored", **changes},
    )


@pytest.fixture(scope="session")
def train_on(recipe_for):
    """Give a function that returns a finished run: train_on(folder, path, seed=1)."""

    def trained(data, folder, **changes):
        recipe, dataset = base.prepare(recipe_for(data, **changes), quiet=True)
        return train(recipe, dataset, folder=folder)

    return trained


@pytest.fixture(scope="session")
def shapes(write_voc, tmp_path_factory):
    """A folder of ninety images with their boxes."""
    return write_voc(tmp_path_factory.mktemp("shapes") / "boxes", 90)


@pytest.fixture(scope="session")
def untrained(write_voc, recipe_for, run_once) -> Run:
    """A run on such images with a threshold whose network was never trained: for its answers, any weights do."""

    def make(folder):
        recipe, dataset = base.prepare(recipe_for(write_voc(folder / "boxes", 90)), quiet=True)
        seed_everything(recipe.seed)
        task = base.for_recipe(recipe)
        made = Run.create(recipe, folder=folder / "run")
        made.write_data(dataset.record())
        made.write_split(dataset.split_rows())
        made.save_model(task.network(recipe, dataset).save)
        made.write_manifest(status="finished")
        task.after_fit(made, dataset)

    return run_once("untrained_boxes", make)


@pytest.fixture(scope="session")
def run(write_voc, train_on, run_once) -> Run:
    """A run on such images, evaluated once; they lie beside it."""

    def make(folder):
        found = train_on(write_voc(folder / "boxes", 90), folder / "run")
        base.for_run(found).evaluate(found)

    return run_once("boxes_run", make)
