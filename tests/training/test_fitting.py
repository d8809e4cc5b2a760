import json
import signal
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from heard_progress import HeardProgress
from sklearn.metrics import balanced_accuracy_score

from saccade.core import recipe as recipes
from saccade.core import resolve_defaults
from saccade.core.backend import keras
from saccade.core.errors import RecipeError, RunError, TrainingInterrupted
from saccade.core.run import Run
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration
from saccade.training import callbacks, pace, resume, train
from saccade.training.batches import Feed
from saccade.training.learner import Learner

pytestmark = pytest.mark.heavy


def weights(run, *, last=False):
    return keras.models.load_model(run.last_model_path if last else run.model_path).get_weights()


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


class CallAt(keras.callbacks.Callback):
    """Does something once, after so many looks at the training."""

    def __init__(self, look, do):
        super().__init__()
        self.left, self.do = look, do

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.do()


class CallAtEpoch(keras.callbacks.Callback):
    """Does something at the end of an epoch, counted from 1."""

    def __init__(self, epoch, do):
        super().__init__()
        self.epoch, self.do = epoch, do

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            self.do()


def test_training_leaves_a_complete_run_and_tells_what_it_does(recipe, dataset, tmp_path):
    heard = HeardProgress()
    run = train(recipe, dataset, runs=tmp_path, progress=heard)
    assert run.path == tmp_path / "small-1"
    assert run.manifest["status"] == "finished"
    assert run.recipe == recipe
    assert run.data["classes"] == ["top", "middle", "bottom"]
    assert len(run.history) == 3
    assert list(run.split.values()) == dataset.splits.tolist()
    assert any(run.tensorboard_path.rglob("events*"))
    assert not list(run.path.rglob(".*.keras")), "a temporary file was left"
    assert (heard.plan.epochs, heard.plan.steps, heard.plan.train) == (3, 10, 160)
    assert heard.moments[-1].step == 10
    assert [row for row, _ in heard.rows] == run.history


def test_the_network_learns_and_the_best_epoch_is_kept(recipe, dataset, tmp_path):
    run = train(recipe.changed(epochs=8), dataset, runs=tmp_path)
    best = run.manifest["best"]
    assert best["val_accuracy"] > 0.9
    rows = dataset.rows("validation")
    answers = np.asarray(keras.models.load_model(run.model_path)(dataset.images[rows])).argmax(axis=1)
    assert np.mean(answers == dataset.labels[rows]) == pytest.approx(best["val_accuracy"], abs=1e-6)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(recipe, dataset, trained, tmp_path):
    first, second = trained, train(recipe, dataset, runs=tmp_path)
    other = train(recipe.changed(seed=1), dataset, runs=tmp_path)
    assert same(weights(first), weights(second))
    assert not same(weights(first), weights(other))


def test_of_epochs_that_are_as_good_the_last_one_is_kept(recipe, dataset, tmp_path):
    run = train(recipe.changed(learning_rate=1e-12, epochs=3), dataset, runs=tmp_path)  # nothing is learnt
    assert len({row["val_accuracy"] for row in run.history}) == 1
    assert run.manifest["best"]["epoch"] == 3
    assert same(weights(run), weights(run, last=True))


def test_equal_weights_choose_the_epoch_by_balanced_accuracy(recipe, dataset, tmp_path):
    run = train(recipe.changed(class_weights="balanced"), dataset, runs=tmp_path)
    best = run.manifest["best"]
    assert run.manifest["monitor"] == "val_balanced_accuracy"
    assert best["val_balanced_accuracy"] == max(row["val_balanced_accuracy"] for row in run.history)
    rows = dataset.rows("validation")
    answers = np.asarray(keras.models.load_model(run.model_path)(dataset.images[rows])).argmax(axis=1)
    expected = balanced_accuracy_score(dataset.labels[rows], answers)
    assert best["val_balanced_accuracy"] == pytest.approx(expected, abs=1e-5)


def test_a_network_that_answers_one_class_only_says_so(recipe, dataset, tmp_path):
    run = train(recipe.changed(learning_rate=1e-12, epochs=1), dataset, runs=tmp_path)
    answered = set(np.asarray(keras.models.load_model(run.model_path)(dataset.images)).argmax(axis=1).tolist())
    (sentence,) = base.for_run(run).sentences(run) or [""]
    assert ("for every validation image: it tells no classes apart" in sentence) == (len(answered) == 1)


@pytest.mark.parametrize(
    ("images", "batch", "expected"), [(60, 64, 200), (600, 64, 30), (50_000, 128, 6), (200, 64, 50)]
)
def test_epochs_that_are_left_open_are_enough_steps(images, batch, expected):
    dataset = SimpleNamespace(rows=lambda _: range(images))
    assert resolve_defaults.epochs(recipes.make({"batch_size": batch}), dataset) == expected


def test_streaming_gives_the_same_weights_as_resident_images(recipe, dataset, trained, tmp_path, monkeypatch):
    monkeypatch.setattr("saccade.training.batches.RESIDENT_SHARE", 0)
    streamed = train(recipe, dataset, runs=tmp_path)
    assert same(weights(trained), weights(streamed))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw", "muon"])
def test_every_optimizer_lowers_the_loss(recipe, dataset, tmp_path, optimizer):
    changes = {"optimizer": optimizer, "momentum": 0.9 if optimizer in ("sgd", "muon") else 0, "weight_decay": 0.01}
    history = train(recipe.changed(**changes), dataset, runs=tmp_path).history
    assert history[-1]["loss"] < history[0]["loss"]


def test_muon_leaves_the_last_layer_with_weights_to_adamw(recipe, dataset):
    # the network's last layer is its softmax, which has none
    learner = Learner.build(recipe.changed(model="quick", optimizer="muon"), dataset)
    learner.ready(
        Feed(dataset.images, dataset.labels, dataset.rows("train"), batch_size=8, seed=0), None, total_steps=1
    )
    assert learner.trainer.optimizer.exclude_layers == ["logits"]


def test_what_mirrors_images_in_turn_knows_when_a_pass_is_over(recipe, dataset):
    learner = Learner.build(recipe.changed(augment={"flip": "horizontal"}), dataset)
    feed = learner.training_feed()
    learner.ready(feed, None, total_steps=2 * feed.steps)
    (layer,) = learner.trainer.augmentation
    assert layer.steps_a_pass == feed.steps > 1
    assert any(each is layer.steps for each in learner.trainer.state)
    learner.trainer.train_some(2)
    assert int(layer.steps) == 2


@pytest.mark.slow
def test_everything_at_once_still_learns(recipe, dataset, tmp_path):
    everything = {
        "schedule": "one_cycle",
        "ema": 0.9,
        "label_smoothing": 0.1,
        "class_weights": "balanced",
        "l2": 1e-4,
        "precision": "bfloat16",
        "augment": {
            "flip": "horizontal",
            "shift": 0.05,
            "rotate": 5,
            "zoom": 0.05,
            "contrast": 0.1,
            "cutout": 0.2,
            "mixup": 0.2,
        },
        "epochs": 12,
    }
    run = train(recipe.changed(**everything), dataset, runs=tmp_path)
    assert run.manifest["best"]["val_accuracy"] > 0.8
    assert {variable.dtype for variable in keras.models.load_model(run.model_path).weights} == {"float32"}


def test_steps_ends_training_after_exactly_so_many_batches(recipe, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(callbacks, "WRITING_SHARE", np.inf)
    train(recipe.changed(steps=13), dataset, folder=tmp_path / "run")  # 10 batches an epoch
    with np.load(tmp_path / "run" / "checkpoint" / "state.npz") as state:
        assert state["epoch"] == 1
    assert len(Run(tmp_path / "run").history) == 2


def test_a_budget_counts_from_when_the_work_on_the_data_began(recipe, dataset, tmp_path):
    began = time.monotonic() - 100
    run = train(recipe.changed(budget=101), dataset, runs=tmp_path, began=began)
    assert run.manifest["budget"]["taken"] > 100
    assert run.manifest["seconds"] < 60


def test_early_stopping_ends_before_the_last_epoch(recipe, dataset, tmp_path):
    run = train(recipe.changed(epochs=60, early_stopping=2, learning_rate=0.02), dataset, runs=tmp_path)
    accuracies = [row["val_accuracy"] for row in run.history]
    assert len(accuracies) == accuracies.index(max(accuracies)) + 1 + 2 < 60


@pytest.mark.slow
def test_a_budget_ends_in_time_or_says_why_not(recipe, dataset, tmp_path):
    heard = HeardProgress()
    run = train(recipe.changed(budget="8s", schedule="one_cycle"), dataset, runs=tmp_path, progress=heard)
    kept = run.manifest["budget"]
    assert kept["asked"] == 8
    assert abs(kept["taken"] - 8) <= 0.4 or any(kept["reason"] in note for note in heard.notes if kept["reason"])
    assert run.recipe.budget is None  # what was done can be done again
    assert (run.recipe.steps, run.recipe.epochs) == (kept["steps"], len(run.history))


@pytest.mark.slow
def test_a_killed_budget_goes_on_with_what_is_left_of_it(recipe, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("saccade.training.callbacks.CHECKPOINT_SECONDS", 0)

    def kill():
        raise KeyboardInterrupt

    timed = recipe.changed(budget="5s", schedule="one_cycle")
    with pytest.raises(TrainingInterrupted):
        train(timed, dataset, folder=tmp_path / "run", callbacks=[CallAt(1, kill)])
    run = Run.open(tmp_path / "run")
    assert run.recipe.budget == 5
    with np.load(run.checkpoint_path) as state:
        used = float(state[f"variable_{len(state) - 3}"])  # the last variable; epoch and step stand beside
    assert used > 0
    resumed = resume(run, dataset)
    kept = resumed.manifest["budget"]
    assert kept["taken"] >= max(used, 4.75)  # what was used before counts, and all the rest was used
    assert resumed.recipe.steps == kept["steps"]


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(recipe, dataset, tmp_path, monkeypatch):
    """The state is on disk before the crash; a crash is any exception that nothing could clean up after."""
    monkeypatch.setattr(pace, "STRETCH_SECONDS", 1e-9)  # look around after every step
    monkeypatch.setattr("saccade.training.callbacks.CHECKPOINT_SECONDS", 0)
    rich = recipe.changed(augment={"shift": 0.1, "mixup": 0.2}, ema=0.9, schedule="one_cycle", early_stopping=5)
    whole = train(rich, dataset, folder=tmp_path / "whole")

    def crash():
        raise MemoryError

    killed = tmp_path / "killed"
    with pytest.raises(MemoryError):
        train(rich, dataset, folder=killed, callbacks=[CallAt(7, crash)])
    with pytest.raises(MemoryError):
        resume(Run.open(killed), dataset, callbacks=[CallAt(9, crash)])
    run = resume(Run.open(killed), dataset)
    assert same(weights(whole), weights(run))
    assert same(weights(whole, last=True), weights(run, last=True))
    plain = [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]
    assert plain == [{k: v for k, v in row.items() if k != "seconds"} for row in whole.history]


@pytest.mark.slow
def test_ctrl_c_leaves_a_usable_run_that_resumes(recipe, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "STRETCH_SECONDS", 1e-9)
    before = signal.getsignal(signal.SIGINT)
    whole = train(recipe, dataset, folder=tmp_path / "whole")
    stop = CallAt(4, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(TrainingInterrupted, match="--resume"):
        train(recipe, dataset, folder=tmp_path / "stopped", callbacks=[stop])
    stopped = Run.open(tmp_path / "stopped")
    assert stopped.manifest["status"] == "interrupted"
    assert keras.models.load_model(stopped.model_path).output_shape == (None, 3)
    assert same(weights(resume(stopped, dataset)), weights(whole))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_finished_run_cannot_be_resumed(dataset, trained):
    with pytest.raises(RunError, match="finished"):
        resume(trained, dataset)


def test_a_damaged_checkpoint_says_what_to_do(dataset, trained):
    trained.write_manifest(status="running")
    trained.checkpoint_path.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(RunError, match="damaged"):
        resume(trained, dataset)


def test_two_trainings_at_once_get_two_folders(recipe, dataset, tmp_path):
    runs = []
    barrier = threading.Barrier(2)

    def start():
        barrier.wait()
        runs.append(Run.create(recipe, runs=tmp_path).path.name)

    threads = [threading.Thread(target=start) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(runs) == ["small-1", "small-2"]


def test_an_existing_folder_is_never_overwritten(recipe, dataset, trained):
    before = weights(trained)
    with pytest.raises(RunError, match="exists already"):
        train(recipe, dataset, folder=trained.path)
    assert same(weights(trained), before)


def test_a_run_in_use_is_refused(dataset, trained):
    trained.write_manifest(status="running")
    with trained.locked(), pytest.raises(RunError, match="Another process"):
        resume(Run(trained.path), dataset)


def test_diverging_training_says_so_and_keeps_the_run(recipe, dataset, tmp_path):
    with pytest.raises(RunError, match="diverged"):
        train(recipe.changed(learning_rate=1e30, optimizer="sgd"), dataset, folder=tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "run.json").read_text())
    assert manifest["status"] == "failed"
    assert "learning-rate" in manifest["error"]


def test_a_wrong_model_option_leaves_no_folder(recipe, dataset, tmp_path):
    with pytest.raises((RecipeError, Exception), match="kernel_size|pool|small"):
        train(recipe.changed(**{"model.layers": [{"conv": 4, "kernel_size": 50}]}), dataset, runs=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_nothing(recipe, dataset, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(callbacks, "WRITING_SHARE", np.inf)
    real, calls = callbacks.np.savez, []

    def full_after_one_epoch(path, **state):
        calls.append(path)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(path, **state)

    monkeypatch.setattr(callbacks.np, "savez", full_after_one_epoch)
    with pytest.raises(RunError, match="disk is full"):
        train(recipe, dataset, folder=tmp_path / "run")
    assert same(weights(resume(Run.open(tmp_path / "run"), dataset)), weights(trained))


@pytest.mark.slow
def test_epochs_that_take_less_time_than_writing_are_written_together(recipe, dataset, trained, tmp_path, monkeypatch):
    whole = trained
    monkeypatch.setattr(callbacks, "WRITING_SHARE", 1e-9)
    written = []
    monkeypatch.setattr(Run, "save_checkpoint", count_calls(Run.save_checkpoint, written, "state"))
    monkeypatch.setattr(Run, "save_model", count_calls(Run.save_model, written, "model"))
    together = train(recipe, dataset, folder=tmp_path / "together")
    assert written == ["state", "model", "model"]  # at the start, then the best and the last network
    assert same(weights(together), weights(whole))
    assert [row["loss"] for row in together.history] == [row["loss"] for row in whole.history]

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(TrainingInterrupted):
        train(recipe, dataset, folder=tmp_path / "broken", callbacks=[CallAtEpoch(2, stop)])
    broken = Run(tmp_path / "broken")
    best = max(broken.history, key=lambda row: (row["val_accuracy"], row["epoch"]))
    rows = dataset.rows("validation")
    answers = np.asarray(keras.models.load_model(broken.model_path)(dataset.images[rows])).argmax(axis=1)
    assert len(broken.history) == 2
    assert np.mean(answers == dataset.labels[rows]) == pytest.approx(best["val_accuracy"], abs=1e-6)
    assert same(weights(resume(broken, dataset)), weights(whole))


def count_calls(method, calls, name):
    def counting(*args, **options):
        calls.append(name)
        return method(*args, **options)

    return counting


def test_without_a_validation_part_the_last_epoch_is_kept_and_nothing_calibrated(recipe, dataset, tmp_path):
    splits = np.where(dataset.splits == "validation", "train", dataset.splits)
    run = train(recipe, dataset.with_split(splits, splits), runs=tmp_path)
    assert run.manifest["best"]["epoch"] == 3
    assert same(weights(run), weights(run, last=True))
    assert run.load(Calibration) is None


class Sealed(np.ndarray):
    """Images that fail when a row of the test split is read."""

    def __getitem__(self, key):
        sealed = getattr(self, "sealed", None)
        if sealed is not None and np.intersect1d(np.arange(len(self))[key], sealed).size:
            pytest.fail("the test split was read")
        return np.asarray(super().__getitem__(key))

    def __array__(self, *_, **__):
        pytest.fail("all images were read at once")


def test_training_and_calibrating_do_not_read_the_test_part(recipe, dataset, trained, tmp_path):
    images = dataset.images.copy()
    images[dataset.rows("test")] = 255 - images[dataset.rows("test")]
    images = images.view(Sealed)
    images.sealed = dataset.rows("test")
    run = train(recipe, replace(dataset, images=images), folder=tmp_path / "run")
    assert run.manifest["status"] == "finished"
    assert same(weights(trained), weights(run))
    assert run.load(Calibration).images == len(dataset.rows("validation"))
    with pytest.raises(pytest.fail.Exception, match="test split was read"):
        images[dataset.rows("test")[:1]]
