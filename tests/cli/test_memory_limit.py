"""Evaluation, report and prediction of photos that are ten times as large, decoded, as the memory that is left."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import saccade

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux"),
]

SIDE, PHOTOS, LEFT = 1024, 450, 128 * 2**20


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder of photos in two classes, which differ in where they are bright."""
    folder, random = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number in range(PHOTOS):
        kind = number % 2
        coarse = random.integers(0, 100, (4, 4, 3), np.uint8)
        coarse[:, 2 * kind : 2 * kind + 2] += 100
        path = folder / ("left", "right")[kind] / f"{number:04}.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BILINEAR).save(path)
    assert PHOTOS * SIDE**2 * 3 > 10 * LEFT
    return folder


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    layers = [{"max_pool": 64}, {"conv": 4, "kernel_size": 3}, "flatten"]
    settings = {"model": {"name": "convnet", "layers": layers}, "image_size": SIDE, "batch_size": 16, "epochs": 1}
    settings["augment"] = {"flip": "none", "rotate": 0, "colour": 0}  # no trials of what is worth it
    folder = tmp_path_factory.mktemp("runs") / "run"
    made = saccade.train(
        data=str(photos), run=folder, **settings, learning_rate=0.01, class_weights="none", quiet=True, check=False
    )
    assert made.path == folder
    return folder


def limited(*arguments):
    """Run a command within the limit and return what it prints."""
    script = Path(__file__).with_name("limited_commands.py")
    # a thread's stack counts against the limit whole, though little of it is used
    command = f"ulimit -s 2048; exec {shlex.join([sys.executable, str(script), *map(str, arguments)])}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr.startswith("limited\n")
    return done.stdout


def test_every_command_answers_within_a_tenth_of_the_data(photos, run):
    evaluation = json.loads(limited("evaluate", run, "--json"))
    assert evaluation["metrics"]["accuracy"]["value"] > 0.9
    limited("report", run)
    assert 10_000 < (run / "report.html").stat().st_size < 5_000_000
    answers = [json.loads(line) for line in limited("predict", run, photos, "--json").splitlines()]
    assert len(answers) == PHOTOS
    assert np.mean([answer["class"] == Path(answer["file"]).parent.name for answer in answers]) > 0.9
