"""A run that looks for scratches, made in a moment: a network with random weights, and images that it never saw."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade import export
from saccade.core import recipe
from saccade.core.backend import seed_everything
from saccade.core.run import Run
from saccade.models import autoencoders
from saccade.tasks import base

SIDE = 18


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Give a run with threshold and scale whose network was never trained: for its answers, any weights do."""
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for name, count, level in (("train/good", 40, 120), ("test/good", 6, 120), ("test/dent", 6, 250)):
        (folder / "data" / name).mkdir(parents=True)
        for number in range(count):
            pixels = rng.normal(level, 20, (SIDE, SIDE)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "data" / name / f"{number}.png")
    seed_everything(1)
    made = recipe.read("image-autoencoder", data=str(folder / "data"), calibration=20)
    settled, images = base.prepare(made, quiet=True)
    task = base.for_recipe(settled)
    run = Run.create(settled, folder=folder / "run")
    run.write_data(images.record())
    run.write_split(images.split_rows())
    network = autoencoders.build(settled.model.name, images.image_shape, settled.model.options)
    run.save_model(autoencoders.shipped(network).save)
    run.write_manifest(status="finished")
    task.after_fit(run, images)
    return run


@pytest.fixture
def untrained_run(untrained, tmp_path):
    return Run(shutil.copytree(untrained.path, tmp_path / "run"))


@pytest.fixture(scope="session")
def exported(untrained, tmp_path_factory):
    """Give a copy of the run with its ONNX file, to be copied."""
    pytest.importorskip("onnx")
    pytest.importorskip("tf2onnx")
    run = Run(shutil.copytree(untrained.path, tmp_path_factory.mktemp("exported") / "run"))
    export.export(run, timed=False, quiet=True)
    return run


@pytest.fixture
def exported_run(exported, tmp_path):
    return Run(shutil.copytree(exported.path, tmp_path / "exported"))


@pytest.fixture(scope="session")
def exported_images(exported, tmp_path_factory):
    """Give the run's ONNX file, alone in a folder."""
    return Path(shutil.copy(exported.path / "export" / "model.onnx", tmp_path_factory.mktemp("alone")))


@pytest.fixture
def photos(untrained):
    return untrained.path.parent / "data" / "test"
