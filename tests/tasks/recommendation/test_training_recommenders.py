"""Recommenders learn, are the same again with the same seed, and after they were killed."""

import numpy as np
import pytest

from saccade import training
from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError, TrainingInterrupted
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.tasks import base, steps
from saccade.training.progress import Progress

pytestmark = pytest.mark.heavy

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


@pytest.mark.slow
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
