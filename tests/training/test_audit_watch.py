import signal
import threading

import numpy as np
import pytest

from saccade.cli import run as saccade
from saccade.core.audit import Audit
from saccade.core.backend import keras
from saccade.core.errors import DataError, RecipeError, TrainingInterrupted
from saccade.core.pending_audit import PendingAudit
from saccade.core.run import Run
from saccade.tasks import steps
from saccade.training import fitting, pace, resume, train

pytestmark = pytest.mark.slow

FOUND = Audit(name="stripes", source="stripes", content_hash="stripes", facts={"counts": {}}, findings=())


class Step(keras.callbacks.Callback):
    def __init__(self, do):
        super().__init__()
        self.do = do

    def on_train_batch_end(self, batch, logs=None):
        self.do()


class Held:
    """An audit that goes on until it is let go."""

    def __init__(self, found=lambda: FOUND):
        self.go, self.found, self.shown = threading.Event(), found, []
        self.pending = PendingAudit(self.work, show=self.shown.append)

    def work(self):
        assert self.go.wait(60)
        return self.found()


def weights(run):
    return keras.models.load_model(run.model_path).get_weights()


def test_a_training_does_not_wait_for_the_audit_and_its_run_has_it_at_the_end(recipe, dataset, tmp_path):
    held, seen = Held(), []

    def look():
        seen.append(Run(tmp_path / "run").awaits_audit)
        held.go.set()

    run = train(recipe, dataset, folder=tmp_path / "run", audit=held.pending, callbacks=[Step(look)])
    assert seen[0]
    assert run.audit["name"] == "stripes"
    assert (held.shown, run.awaits_audit, run.manifest["audit"]) == ([FOUND], False, "done")


def test_weights_do_not_depend_on_whether_an_audit_runs_beside(recipe, dataset, trained, tmp_path):
    held = Held(lambda: np.linalg.svd(np.random.default_rng(0).random((200, 200))) and FOUND)
    held.go.set()
    beside = train(recipe, dataset, folder=tmp_path / "beside", audit=held.pending)
    assert all(np.array_equal(a, b) for a, b in zip(weights(beside), weights(trained), strict=True))


def test_an_audit_that_fails_ends_the_training_with_its_own_sentence(recipe, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "STRETCH_SECONDS", 1e-9)

    def fail():
        raise DataError("The disk is full.")

    held = Held(fail)
    with pytest.raises(DataError, match="The disk is full"):
        train(recipe, dataset, folder=tmp_path / "run", audit=held.pending, callbacks=[Step(held.go.set)])
    run = Run.open(tmp_path / "run")
    assert (run.manifest["status"], run.manifest["error"], run.awaits_audit) == ("failed", "The disk is full.", True)


def test_an_interrupted_run_has_its_audit(recipe, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "STRETCH_SECONDS", 1e-9)
    held = Held()

    def stop():
        signal.raise_signal(signal.SIGINT)
        threading.Timer(0.2, held.go.set).start()

    with pytest.raises(TrainingInterrupted):
        train(recipe, dataset, folder=tmp_path / "run", audit=held.pending, callbacks=[Step(stop)])
    assert Run.open(tmp_path / "run").audit["name"] == "stripes"


def test_a_wrong_setting_is_said_at_once_though_the_audit_goes_on(recipe, dataset, tmp_path):
    held = Held()
    wrong = recipe.changed(model={"name": "convnet", "layers": [{"conv": 4, "kernel_size": 99}]})
    with pytest.raises(RecipeError):
        train(wrong, dataset, folder=tmp_path / "run", audit=held.pending)
    assert not held.shown
    held.go.set()


def test_a_run_that_was_killed_before_its_audit_was_done_gets_it_when_it_is_resumed(recipe, dataset, tmp_path):
    run = fitting.begin(recipe, dataset, runs=tmp_path, folder=None, audit=Held().pending, sweep=None)
    assert run.awaits_audit
    held = Held()
    held.go.set()
    resumed = resume(run, dataset, audit=held.pending)
    assert resumed.audit["name"] == "stripes"
    assert not resumed.awaits_audit


def test_a_seed_that_was_killed_gets_the_audit_of_the_seed_before(recipe, dataset, tmp_path):
    run = fitting.begin(recipe, dataset, runs=tmp_path, folder=None, audit=Held().pending, sweep=None)
    assert resume(run, dataset, audit=FOUND.to_dict()).audit["name"] == "stripes"


def test_the_command_line_audits_anew_what_was_killed_before_it_was_audited(make_images, tmp_path, capfd):
    photos = make_images({"cat": 20, "dog": 20}, mode="L")
    prepared = steps.prepare_training(str(photos), {"model": "dense", "epochs": 1, "augment.flip": "none"}, quiet=True)
    killed = Held().pending
    run = fitting.begin(prepared.recipe, prepared.dataset, runs=tmp_path, folder=None, audit=killed, sweep=None)
    assert saccade(["train", "--resume", str(run.path)]) == 0
    assert "audit: " in capfd.readouterr().out
    assert (run.audit["name"], run.manifest["audit"]) == ("photos", "done")
