"""Recommenders learn, are the same again with the same seed, and after they were killed."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from saccade import training
from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError, TrainingInterrupted
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.models import recommenders
from saccade.tasks import base, steps
from saccade.training.progress import Progress

pytestmark = pytest.mark.slow

NAMES = ("rbm", "rbm_binary", "autorec")


def prepared(name, **settings):
    changes = {"model": name, "model.hidden": 8, "epochs": 2, "batch_size": 64, **settings}
    return steps.prepare(recipes.read("films-rbm", **changes), quiet=True)


def train(name, folder, **settings):
    found = prepared(name, **settings)
    return training.train(found.recipe, found.dataset, folder=folder)


def weights(run):
    return load_model(run).get_weights()


class StopAt(Progress):
    """Stops a training as Ctrl+C does, after so many epochs."""

    def __init__(self, epochs):
        self.left = epochs

    def epoch_done(self, row, *, best):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_was_stopped_ends_with_the_same_weights(name, tmp_path):
    whole = train(name, tmp_path / "whole", epochs=3)
    found = prepared(name, epochs=3)
    with pytest.raises(TrainingInterrupted):
        training.train(found.recipe, found.dataset, folder=tmp_path / "stopped", progress=StopAt(1))
    stopped = Run.open_to_resume(tmp_path / "stopped")
    training.resume(stopped, base.reload(stopped, quiet=True))
    for one, other in zip(weights(whole), weights(Run.open(tmp_path / "stopped")), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "name", ["rbm", *(pytest.param(name, marks=[pytest.mark.slow, pytest.mark.long]) for name in NAMES[1:])]
)
def test_the_same_seed_trains_the_same_and_another_one_otherwise(name, tmp_path):
    first, again, other = (
        train(name, tmp_path / str(place), epochs=1, seed=seed) for place, seed in enumerate((3, 3, 4))
    )
    assert all(np.array_equal(a, b) for a, b in zip(weights(first), weights(again), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(weights(first), weights(other), strict=True))


KILLED = """
import os, signal, sys
from pathlib import Path
from saccade import training
from saccade.core import recipe as recipes
from saccade.tasks import steps
from saccade.training import callbacks
from saccade.training.progress import Progress

callbacks.WRITING_SHARE = 1e9  # at the beginning of each epoch, however long writing takes

class Killed(Progress):
    def epoch_done(self, row, *, best):
        if row["epoch"] == 2:
            os.kill(os.getpid(), signal.SIGKILL)

changes = {"model": sys.argv[1], "model.hidden": 8, "epochs": 4, "batch_size": 64}
found = steps.prepare(recipes.read("films-rbm", **changes), quiet=True)
training.train(found.recipe, found.dataset, folder=Path(sys.argv[2]), progress=Killed())
"""


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_after_kill_9_it_goes_on_to_the_same_weights(name, tmp_path):
    whole = train(name, tmp_path / "whole", epochs=4)
    done = subprocess.run([sys.executable, "-c", KILLED, name, str(tmp_path / "killed")], check=False)
    assert done.returncode == -signal.SIGKILL
    killed = Run.open_to_resume(tmp_path / "killed")
    assert 0 < len(killed.history) < 4
    training.resume(killed, base.reload(killed, quiet=True))
    for one, other in zip(weights(whole), weights(Run.open(tmp_path / "killed")), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("option", [{"liked": "false"}, {"as_means": 1}])
def test_text_is_no_truth_value(option):
    with pytest.raises(RecipeError, match="is true or false; found"):
        recommenders.build("rbm_binary", 5, (1.0, 2.0, 3.0, 4.0, 5.0), option)


def test_where_liked_items_count_ratings_below_change_no_score():
    network = recommenders.build("rbm_binary", 5, (1.0, 2.0, 3.0, 4.0, 5.0), {"liked": True, "hidden": 3})
    network.get_layer("weights").set_weights([np.arange(15, dtype=np.float32).reshape(5, 3)])
    low, none, high = (np.array([[code, 0, 0, 0, 0]], np.float32) for code in (3, 0, 4))
    scores = [np.asarray(network(codes))[0, 1, 1:] for codes in (low, none, high)]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (scores[1] != scores[2]).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_network_that_answers_has_the_weights_of_the_trained_one(name, tmp_path):
    found = prepared(name)
    network = base.named("recommendation", "ratings").network(found.recipe, found.dataset)
    shipped = base.named("recommendation", "ratings").shipped(network)
    assert [each.path for each in network.weights] == [each.path for each in shipped.weights]
    codes = np.asarray(found.dataset.inputs[:5], np.float32)
    answers, both = np.asarray(shipped(codes)["expected"]), np.asarray(network(codes))
    np.testing.assert_allclose(answers, both[:, 0], atol=1e-6)


def test_one_rating_alone_needs_a_network_that_ranks(tmp_path):
    path = tmp_path / "seen.csv"
    path.write_text("user,item\n" + "".join(f"{user},{item}\n" for user in range(9) for item in range(user, 9)))
    found = steps.prepare(recipes.read("films-rbm", data=str(path), model="autorec"), quiet=True)
    with pytest.raises(RecipeError, match="rbm_binary"):
        base.named("recommendation", "ratings").network(found.recipe, found.dataset)


def test_one_rating_alone_is_ranked_where_nobody_names_a_network(tmp_path):
    path = tmp_path / "seen.csv"
    path.write_text("user,item\n" + "".join(f"{user},{item}\n" for user in range(9) for item in range(user, 9)))
    found = steps.prepare(recipes.read("films-rbm", data=str(path)), quiet=True)
    assert found.recipe.model.name == "rbm_binary"
    assert any("rbm_binary" in note for note in found.dataset.notes)


def test_a_run_reads_its_ratings_again_in_the_same_splits_wherever_they_lie(tmp_path):
    path, moved = tmp_path / "ratings.csv", tmp_path / "moved.csv"
    rng = np.random.default_rng(0)
    path.write_text(
        "user,item,rating\n"
        + "".join(f"{user},{item},{rng.integers(1, 6)}\n" for user in range(30) for item in range(user % 7, 30, 2))
    )
    run = train("autorec", tmp_path / "run", data=str(path), epochs=1)
    before = base.reload(run, quiet=True)
    path.rename(moved)
    after = base.reload(run, data=str(moved), quiet=True)
    np.testing.assert_array_equal(before.parts, after.parts)
    np.testing.assert_array_equal(np.asarray(before.inputs), np.asarray(after.inputs))
