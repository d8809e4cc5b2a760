"""Runs as training leaves them, made in a moment: a network with random weights, and images it was not trained on."""

import shutil

import numpy as np
import pytest
from PIL import Image

from saccade import models
from saccade.core import recipe
from saccade.core.backend import seed_everything
from saccade.core.run import Run
from saccade.tasks import base
from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration

CLASSES = ("Äpfel & Birnen", "花", 'so "genannt"')


def _make_run(photos, folder, *, model="convnet", temperature=None, fit="pad"):
    """Return a run on a folder of images whose network was never trained: for its answers, any weights do."""
    seed_everything(1)
    options = {"data": str(photos), "model": model, "fit": fit, "image_size": 24, "channels": 3}
    settled, dataset = base.prepare(recipe.make(options), quiet=True)
    network = models.build(settled.model.name, dataset.image_shape, len(dataset.classes), {})
    run = Run.create(settled, folder=folder)
    run.write_data(dataset.record())
    rows = zip(dataset.names, dataset.labels, dataset.splits, dataset.reasons, strict=True)
    run.write_split((name, dataset.classes[label], split, reason) for name, label, split, reason in rows)
    run.save_model(network.save)
    if temperature:
        levels = (Level(1, 0.0, 90, 9, 0.2), Level(0.5, 0.6, 45, 0, 0.1))
        run.save(Calibration(temperature, 90, (0.2, 0.1), (0.05, 0.01), levels))
    return run


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Colour images of three classes with difficult names, larger than the network's and not square."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir()
        for place in range(12):
            pixels = rng.normal(60 + 60 * number, 40, (20, 28, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{place}.png")
    return folder


@pytest.fixture(scope="session")
def make_run(photos, tmp_path_factory):
    """Give a function that makes a run: make_run(temperature=2.5)."""

    def make(**options):
        return _make_run(photos, tmp_path_factory.mktemp("made") / "run", **options)

    return make


@pytest.fixture(scope="session")
def made(make_run):
    return make_run()


@pytest.fixture
def run(made, tmp_path):
    return Run(shutil.copytree(made.path, tmp_path / "run"))
