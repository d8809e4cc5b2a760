"""A training that ends where its target is reached."""

import numpy as np
import pytest
from heard_progress import HeardProgress

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, TrainingInterrupted
from saccade.core.run import Run
from saccade.training import resume, target_watch, train
from saccade.training.target_watch import LEAST_STEPS, steps_between

pytestmark = pytest.mark.slow


class Stop(keras.callbacks.Callback):
    def __init__(self, look):
        super().__init__()
        self.left = look

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.fixture
def often(monkeypatch):
    """Check within an epoch of ten steps too: after six."""
    monkeypatch.setattr(target_watch, "LEAST_STEPS", 1)


@pytest.fixture(scope="module")
def by_checks(recipe):
    return recipe.changed(until="0.9", until_by="checks")


@pytest.fixture(scope="module")
def heard():
    return HeardProgress()


@pytest.fixture(scope="module")
def whole(by_checks, dataset, heard, tmp_path_factory):
    """A training that was checked so often, and listened to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target_watch, "LEAST_STEPS", 1)
        return train(by_checks, dataset, folder=tmp_path_factory.mktemp("whole") / "run", progress=heard)


def validation_accuracy(run, dataset):
    rows = dataset.rows("validation")
    answers = np.asarray(keras.models.load_model(run.model_path)(dataset.images[rows].astype("float32")))
    return float((answers.argmax(axis=1) == dataset.labels[rows]).mean())


def test_checks_cost_a_small_part_of_the_training():
    assert steps_between(5000, 128, 430) == round(5000 / (0.45 * 128))
    assert steps_between(10, 128, 430) == LEAST_STEPS
    assert steps_between(50_000, 128, 430) == 430  # at the end of each epoch is often enough


def test_training_ends_within_an_epoch_where_the_target_is_reached(whole, heard, dataset):
    found = whole.manifest["until"]
    assert found["reached"]
    assert found["value"] >= 0.9
    assert found["value"] == pytest.approx(validation_accuracy(whole, dataset))
    assert found["step"] % 6 == 0 or found["step"] % 10 == 0
    assert found["step"] < 120
    assert len(whole.history) == -(-found["step"] // 10)
    assert found["seconds"] > 0
    assert heard.plan.epochs == 12, "four times as long as the recipe says, as nobody asked for its epochs"
    assert any(note.startswith("Reached 0.9: validation accuracy") for note in heard.notes)


def test_one_good_check_is_not_enough_without_an_interval(by_checks, dataset, tmp_path):
    run = train(by_checks, dataset, runs=tmp_path)
    assert [row["val_accuracy"] >= 0.9 for row in run.history[-2:]] == [True, True]
    assert not any(row["val_accuracy"] >= 0.9 for row in run.history[:-2])


def test_with_its_interval_the_lower_end_is_there(recipe, dataset, tmp_path):
    found = train(recipe.changed(until="accuracy=.6"), dataset, runs=tmp_path).manifest["until"]
    assert found["reached"]
    assert found["low"] >= 0.6


def test_a_target_that_is_not_reached_says_how_far_it_was(recipe, dataset, tmp_path):
    heard = HeardProgress()
    slow = recipe.asked_for(until="loss=.001", epochs=2, learning_rate=1e-5)
    run = train(slow, dataset, runs=tmp_path, progress=heard)
    found = run.manifest["until"]
    assert not found["reached"]
    assert found["epoch"] == heard.plan.epochs == 2
    assert found["value"] == min(row["val_loss"] for row in run.history)
    assert run.manifest["monitor"] == "val_loss"
    assert run.manifest["best"]["val_loss"] == found["value"]
    assert "Did not reach 0.001: validation loss came to" in heard.notes[-1]


def test_a_budget_ends_it_when_it_comes_first(recipe, dataset, tmp_path):
    run = train(recipe.changed(until="loss=1e-9", budget=2), dataset, runs=tmp_path)
    assert not run.manifest["until"]["reached"]
    assert run.manifest["budget"]["steps"] == run.manifest["until"]["step"]


def test_looking_changes_nothing_of_the_training(often, recipe, dataset, tmp_path):
    asked = recipe.asked_for(schedule="constant", epochs=2)
    plain = train(asked, dataset, folder=tmp_path / "plain")
    watched = train(asked.changed(until="loss=1e-9"), dataset, folder=tmp_path / "watched")
    assert [row["loss"] for row in watched.history] == [row["loss"] for row in plain.history]
    assert [row["accuracy"] for row in watched.history] == [row["accuracy"] for row in plain.history]
    last = [keras.models.load_model(run.last_model_path).get_weights() for run in (plain, watched)]
    assert all(np.array_equal(first, second) for first, second in zip(*last, strict=True))


@pytest.mark.parametrize("look", [3, pytest.param(1, marks=pytest.mark.slow), pytest.param(5, marks=pytest.mark.slow)])
def test_a_killed_training_ends_at_the_same_step_with_the_same_weights(
    often, whole, by_checks, dataset, tmp_path, monkeypatch, look
):
    monkeypatch.setattr("saccade.training.callbacks.CHECKPOINT_SECONDS", 0)
    with pytest.raises(TrainingInterrupted):
        train(by_checks, dataset, folder=tmp_path / "killed", callbacks=[Stop(look)])
    resumed = resume(Run.open(tmp_path / "killed"), dataset)
    ends = [run.manifest["until"] | {"seconds": 0} for run in (whole, resumed)]
    assert ends[0] == ends[1]
    weights = [keras.models.load_model(run.model_path).get_weights() for run in (whole, resumed)]
    assert all(np.array_equal(first, second) for first, second in zip(*weights, strict=True))


def test_a_wrong_target_leaves_no_folder_behind(recipe, dataset, tmp_path):
    with pytest.raises(RecipeError, match="raise --validation, or take --until-by checks"):
        train(recipe.changed(until=".99"), dataset, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
