"""A whole run of the recipe patch-memory: its report, drift, service, and what a kill -9 leaves."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from saccade import export, report, serving, training
from saccade.core import recipe
from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.evaluation.answered_split import answered_split
from saccade.inference import open_file
from saccade.tasks import base

pytestmark = pytest.mark.slow

SIDE = 32


def cloth(count, *, seed):
    """Return images of woven stripes, each at another place, with some noise."""
    rng = np.random.default_rng(seed)
    waves = np.sin(np.arange(SIDE) * 0.9 + rng.uniform(0, 6, (count, 1, 1))) * np.ones((1, SIDE, 1))
    woven = 120 + 40 * waves + 10 * waves.transpose(0, 2, 1) + rng.normal(0, 5, (count, SIDE, SIDE))
    return np.repeat(woven.clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)


def write(folder, images):
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03d}.png")


def torn(images):
    """Return images with a hole each."""
    holed = images.copy()
    holed[:, 10:20, 12:22] = 10
    return holed


@pytest.fixture(scope="module")
def whole(run_once):
    """Give a finished, evaluated run; its data lie beside it."""

    def make(folder):
        write(folder / "data" / "train" / "good", cloth(100, seed=0))
        write(folder / "data" / "test" / "good", cloth(20, seed=1))
        write(folder / "data" / "test" / "hole", torn(cloth(20, seed=2)))
        settings = {"data": str(folder / "data"), "image_size": SIDE, "model.patches": 30, "calibration": 40}
        prepared = base.prepare(recipe.read("patch-memory", **settings), quiet=True)
        run = training.train(*prepared, folder=folder / "run", export=False)
        base.for_run(run).evaluate(run)

    return run_once("patch-memory", make)


def data_of(run):
    return Path(run.recipe.data)


def test_the_report_says_how_well_holes_are_found_and_shows_where(whole):
    page = report.report(whole).read_text(encoding="utf-8")
    words = " ".join(re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split())
    found = whole.evaluation["roc_auc"]["value"]
    assert found > 0.95
    assert f"ROC AUC {found:.3f}" in words
    assert "higher than a normal image in" in words
    assert "patch_memory" in words
    assert "0 adjustable numbers" not in words


@pytest.mark.parametrize(("darker", "drifted"), [(1, False), (2, True)])
def test_new_images_drift_where_they_differ_and_not_where_they_are_alike(whole, tmp_path, darker, drifted):
    write(tmp_path / "new", cloth(60, seed=7) // darker)
    assert base.for_run(whole).drift(whole, tmp_path / "new").drifted == drifted


def test_the_service_answers_as_the_exported_file_and_the_file_as_the_run(whole, running):
    predictor = open_file(export.export(whole, timed=False, quiet=True).path)
    files = [data_of(whole) / "test" / kind / "000.png" for kind in ("good", "hole")]
    expected = [answer for _, answer in predictor.predict_files(files)]
    assert [each.alarm for each in expected] == [False, True]
    with running(serving.make_app(predictor, name="cloth")) as address, httpx.Client(base_url=address) as client:
        for file, known in zip(files, expected, strict=True):
            sent = client.post("/predict", content=file.read_bytes(), headers={"Content-Type": "image/png"})
            (image,) = sent.json()["images"]
            assert (image["score"], image["alarm"]) == (known.score, known.alarm)


@pytest.mark.long
def test_after_kill_9_the_run_is_finished_to_the_same_memory_and_threshold(whole, tmp_path):
    script, folder = Path(__file__).with_name("killed_memory.py"), tmp_path / "killed"
    command = [sys.executable, str(script), str(data_of(whole)), str(folder)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    killed = Run.open_to_resume(folder)
    assert killed.manifest["status"] == "running"
    resumed = training.resume(killed, base.reload(killed, quiet=True))
    assert resumed.manifest["status"] == "finished"
    again, once = (keras.models.load_model(run.model_path).get_weights() for run in (resumed, whole))
    assert all(np.array_equal(*pair) for pair in zip(again, once, strict=True))
    thresholds = [json.loads((run.path / "threshold.json").read_text())["value"] for run in (resumed, whole)]
    assert thresholds[0] == thresholds[1]


def test_images_are_answered_one_by_one_the_strangest_first(whole):
    found = answered_split(whole, split="test")
    scores = [float(each.detail.removeprefix("score ")) for each in found.group("highest").inputs]
    assert scores == sorted(scores, reverse=True)
    assert found.group("highest").inputs[0].true == "hole"
    assert not any(each.inspect for group in found.groups for each in group.inputs)  # of the test none
    assert len(found.right) == found.count == 40
