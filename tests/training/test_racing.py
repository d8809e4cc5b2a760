import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.core.backend import keras
from saccade.core.errors import RunError, TrainingInterrupted
from saccade.core.run import Run
from saccade.inference import load_model, probabilities
from saccade.modalities.images.loading import look_at
from saccade.tasks import base, image_features
from saccade.tasks import contenders as ways
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.novelty import Novelty
from saccade.tasks.classification.training_text import sentences
from saccade.training import fitting, resume, train
from saccade.training.contender import Entry, Race
from saccade.training.progress import Progress
from saccade.training.racing import _why

pytestmark = pytest.mark.slow


class Listening(Progress):
    def __init__(self):
        self.stages = []

    def stage(self, about, *, verb=""):
        self.stages.append(about)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Give a folder of stripes that lie and stand, blurred by noise: a linear layer does not tell all of them."""
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for kind in ("lying", "standing"):
        (folder / kind).mkdir()
        for number in range(70):
            rows = np.sin(np.arange(64) * rng.uniform(0.3, 1.2) + rng.uniform(0, 6))[:, None] * np.ones((64, 64))
            stripes = rows if kind == "lying" else rows.T
            pixels = 128 + 20 * stripes[..., None] + rng.normal(0, 60, (64, 64, 3))
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / kind / f"{number}.png")
    return folder


def prepared(photos, **changes):
    settings = {"data": str(photos), "image_size": 32, "validation": 0.45, "pretrained": "true", "model": "quick"}
    settings |= {"epochs": 2, "augment.flip": "none", "duplicates": "ignored"}
    return base.prepare(recipes.read("", **{**settings, **changes}), quiet=True)


@pytest.fixture(scope="module")
def raced(photos, tmp_path_factory):
    recipe, dataset = prepared(photos)
    progress = Listening()
    return train(recipe, dataset, runs=tmp_path_factory.mktemp("raced"), progress=progress), dataset, progress


def test_the_run_is_the_best_contender_and_says_how_all_did(raced):
    run, _, progress = raced
    race = run.load(Race)
    scores = {each.name: each.score for each in race.entries if not each.reason}
    assert list(scores)[:3] == ["head", "middle", "last"] and len(progress.stages) == len(scores)
    assert scores[race.chosen] == max(scores.values()) == run.manifest["best"]["val_accuracy"]
    assert way_of(run.recipe) == race.chosen and run.recipe.name == "run"
    assert "★ kept" in "\n".join(sentences(run)) and not (run.path / "contenders").exists()


def way_of(recipe):
    """Return the name of the contender that a recipe of a pretrained network repeats."""
    options = recipe.model.options
    return "middle" if options.get("features") == "middle" else options["trained"]


def test_it_keeps_one_whole_network_from_pixels_to_probabilities(raced):
    run, dataset, _ = raced
    rows = dataset.rows("validation")
    answers = probabilities(load_model(run), dataset.images, rows=rows).argmax(axis=1)
    assert (answers == dataset.labels[rows]).mean() == pytest.approx(run.manifest["best"]["val_accuracy"], abs=0.04)


def test_a_finished_race_is_not_gone_on_with_and_its_recipe_repeats_the_winner(raced):
    run, dataset, _ = raced
    assert not base.for_run(run).contenders(run.recipe, dataset)
    with pytest.raises(RunError, match="is finished"):
        resume(run, dataset)


@pytest.mark.long
def test_a_race_that_was_stopped_ends_as_if_it_never_was(raced, photos, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                raise KeyboardInterrupt

    recipe, dataset = prepared(photos)
    with pytest.raises(TrainingInterrupted, match="--resume .*run-1"):
        train(recipe, dataset, runs=tmp_path, callbacks=[Stop()])
    stopped = Run.open(tmp_path / "run-1")
    assert stopped.manifest["status"] == "interrupted" and stopped.model_path.exists()  # the head is usable
    progress = Listening()
    resume(stopped, base.reload(stopped, quiet=True), progress=progress)
    assert not any("linear layer" in about for about in progress.stages)
    whole = keras.models.load_model(raced[0].model_path).get_weights()
    again = keras.models.load_model(stopped.model_path).get_weights()
    assert all(np.array_equal(*pair) for pair in zip(whole, again, strict=True))
    assert stopped.load(Race).chosen == raced[0].load(Race).chosen


@pytest.mark.long
def test_a_race_that_was_killed_loses_at_most_the_contender_under_way(raced, photos, tmp_path):
    script, folder = Path(__file__).with_name("killed_race.py"), tmp_path / "killed"
    command = [sys.executable, str(script), str(photos), str(folder)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    killed = Run(folder)
    head = Run(killed.contender_path("head"))
    assert (killed.manifest["status"], head.manifest["status"]) == ("running", "finished")
    progress = Listening()
    resume(killed, base.reload(killed, quiet=True), progress=progress)
    assert not any("linear layer" in about for about in progress.stages)
    race, whole = killed.load(Race), raced[0].load(Race)
    assert race.chosen == whole.chosen
    assert [each.score for each in race.entries] == [each.score for each in whole.entries]
    again, once = (keras.models.load_model(run.model_path).get_weights() for run in (killed, raced[0]))
    assert all(np.array_equal(*pair) for pair in zip(again, once, strict=True))


def test_with_few_validation_images_only_the_head_is_solved(photos, tmp_path):
    recipe, dataset = prepared(photos, validation=0.1)
    run = train(recipe, dataset, runs=tmp_path)
    race = run.load(Race)
    assert race.chosen == "head" and all("50 validation images" in each.reason for each in race.entries[1:])
    assert 0.4 < run.history[0]["cv_accuracy"] <= 1 and len(run.history) == 1


def test_where_rare_classes_count_more_a_solved_head_has_the_measure_that_says_so(photos, tmp_path):
    recipe, dataset = prepared(photos, validation=0.1)
    run = train(recipe.changed(class_weights="balanced"), dataset, runs=tmp_path)
    assert 0.3 < run.history[0]["val_balanced_accuracy"] <= 1


def test_a_budget_that_is_short_leaves_out_what_takes_long(photos, tmp_path):
    recipe, dataset = prepared(photos, budget=1)
    race = train(recipe, dataset, runs=tmp_path).load(Race)
    assert [each.name for each in race.entries if not each.reason] == ["head", "middle"]
    assert "Too little time was left" in race.entries[2].reason


def test_a_failure_is_recorded_and_the_finished_contenders_stay(photos, tmp_path, monkeypatch):
    recipe, dataset = prepared(photos)
    once = fitting.train

    def failing(recipe, *args, **options):
        if recipe.model.options["trained"] == "last":
            raise RunError("diverged")
        return once(recipe, *args, **options)

    monkeypatch.setattr(fitting, "train", failing)
    with pytest.raises(RunError, match="diverged"):
        train(recipe, dataset, runs=tmp_path)
    run = Run.open(tmp_path / "run-1")
    assert run.manifest["status"] == "failed"
    assert Run.open(run.contender_path("head")).manifest["status"] == "finished"


# Which data are for it


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, True),
        ({"image_size": 32}, False),
        ({"channels": 1}, False),
        ({"model": "lenet5"}, False),
        ({"model": {"name": "quick", "width": 32}}, False),
        ({"data": "digits"}, False),
    ],
)
def test_auto_is_for_colour_photos_that_are_large_enough_and_leave_the_network_open(photos, changes, stays):
    recipe = recipes.read("quick", **{"data": str(photos), "pretrained": "auto", **changes})
    assert ways.is_for_photos(recipe, lambda: look_at(recipe.data)) is stays


def test_images_are_as_large_as_the_network_sees_well_and_as_their_recipe_says(photos):
    recipe = recipes.read("quick", data=str(photos))
    assert recipe.pretrained == "auto"
    look = partial(look_at, photos)
    assert ways.side(recipe, look) == 128
    assert ways.side(recipe.changed(image_size=80), look) == 80
    assert ways.side(recipe.changed(pretrained=False), look) is None


def test_from_nothing_it_is_the_recipe_without_pretrained_networks_in_the_same_splits(photos):
    recipe, dataset = prepared(photos, pretrained="auto", image_size=None)
    assert dataset.image_shape == (128, 128, 3)
    *_, scratch = base.named("classification", "images").contenders(recipe, dataset)
    own_recipe, own = scratch.prepare(None)
    plain_recipe, plain = prepared(photos, pretrained="false", image_size=None)
    assert own_recipe == plain_recipe
    assert np.array_equal(own.images, plain.images) and np.array_equal(own.splits, dataset.splits)


def test_a_winner_of_another_image_size_is_completed_with_images_of_its_own(photos, tmp_path, monkeypatch):
    recipe, dataset = prepared(photos, pretrained="auto", image_size=None, epochs=1)
    task = base.named("classification", "images")
    *_, scratch = task.contenders(recipe, dataset)
    alone = replace(scratch, objection=lambda scores, left: "")
    monkeypatch.setattr(type(task), "contenders", lambda self, recipe, dataset: (alone,))
    run = train(recipe, dataset, runs=tmp_path)
    assert load_model(run).input_shape[1:] == (64, 64, 3) != dataset.image_shape
    assert run.load(Calibration).images == len(run.load(Novelty).known) == len(dataset.rows("validation"))


def test_deeper_training_is_tried_while_it_helps(photos):
    recipe, dataset = prepared(photos, pretrained="auto", image_size=64)
    names = {each.name: each for each in base.named("classification", "images").contenders(recipe, dataset)}
    assert names["all"].objection({"head": 0.8, "last": 0.8}, None).startswith("Training the last part did not help")
    assert names["all"].objection({"head": 0.8, "last": 0.9}, None) == ""
    assert names["scratch"].objection({"head": 0.8, "last": 0.9, "all": 0.89}, None)
    assert names["scratch"].objection({"head": 0.8, "last": 0.9, "all": 0.95}, None) == ""
    assert names["scratch"].objection({"head": 0.8, "middle": 0.97, "last": 0.9, "all": 0.95}, None) == ""


def test_wrong_labels_are_searched_with_one_look_at_the_images(photos, monkeypatch):
    recipe, dataset = prepared(photos, pretrained="auto", image_size=64, validation=0.1, duplicates="together")
    rows = np.flatnonzero(dataset.splits != "test")
    wrong = rows[::20]
    labels = dataset.labels.copy()
    labels[wrong] = 1 - labels[wrong]
    looks = []
    once = image_features._build
    monkeypatch.setattr(image_features, "_build", lambda *a, **o: looks.append(a) or once(*a, **o))
    suspects = base.named("classification", "images").find_wrong_labels(
        recipe, replace(dataset, labels=labels), remember=False, quiet=True
    )
    assert len(looks) == 1
    assert np.isin(suspects.rows[: 2 * len(wrong)], wrong).sum() >= 0.7 * len(wrong)


def test_a_race_that_took_longer_says_for_what_and_not_what_was_left_out():
    entries = [Entry("head", "a linear layer", 0.7, 18.0), Entry("last", "the last part", reason="Too few images.")]
    assert _why(entries, asked=20, taken=52) == "Training took 18 s, and reading the data and writing files 34 s."
    assert _why(entries, asked=60, taken=52) == "Too few images."
    assert _why(entries[:1], asked=60, taken=52) == "All ways to train were tried."
