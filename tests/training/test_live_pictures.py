"""Pictures of what is learnt: drawn while somebody looks on, and of no weight in the training."""

import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from saccade.core.backend import keras
from saccade.core.errors import TrainingInterrupted
from saccade.core.live_pictures import LivePictures
from saccade.core.run import ASKED_FOR, Run
from saccade.tasks import base
from saccade.training import live_pictures, train
from saccade.training.progress import Progress

pytestmark = pytest.mark.heavy


class Asking(keras.callbacks.Callback):
    """Asks for pictures as the first epoch begins."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 0:
            Run(self.folder).ask_for_pictures()


class Noting(Progress):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def weights(run):
    return keras.models.load_model(run.model_path).get_weights()


def test_who_looks_on_sees_filters_and_maps_and_changes_nothing(recipe, dataset, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(live_pictures, "LOOK_EVERY", 0)
    monkeypatch.setattr(live_pictures, "DRAW_EVERY", 0)
    run = train(recipe, dataset, folder=tmp_path / "run", callbacks=[Asking(tmp_path / "run")])
    shown = run.load(LivePictures)
    assert shown.moment == "after epoch 3"
    assert [each.title for each in shown.pictures][:2] == ["What the first layer looks for", "One validation image"]
    assert "all 4, 3×3 pixels" in shown.pictures[0].caption
    for each in shown.pictures:
        assert Image.open(io.BytesIO(each.png)).size == (each.width, each.height)
    assert all(map(np.array_equal, weights(run), weights(trained)))
    assert not (trained.path / "live").exists()


def test_nothing_is_drawn_for_who_has_gone(recipe, dataset, tmp_path):
    class Gone(Asking):
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch)
            then = time.time() - ASKED_FOR - 1
            os.utime(self.folder / "live" / "asked", (then, then))

    run = train(recipe.changed(epochs=1), dataset, folder=tmp_path / "run", callbacks=[Gone(tmp_path / "run")])
    assert run.load(LivePictures) is None


def test_a_drawing_that_fails_is_noted_once_and_the_training_goes_on(recipe, dataset, tmp_path, monkeypatch):
    def fail(task, network, recipe, dataset):
        raise ValueError("no ink\nat all")

    monkeypatch.setattr(live_pictures, "LOOK_EVERY", 0)
    monkeypatch.setattr(base.Task, "live_pictures", fail)
    progress = Noting()
    asking = Asking(tmp_path / "run")
    run = train(recipe, dataset, folder=tmp_path / "run", progress=progress, callbacks=[asking])
    assert run.manifest["status"] == "finished"
    assert [note for note in progress.notes if "no ink at all" in note] == [
        "The studio shows no more pictures of this training, which goes on: no ink at all"
    ]


def test_a_training_that_is_stopped_keeps_its_pictures(recipe, dataset, tmp_path, monkeypatch):
    class Stopping(Asking):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(live_pictures, "LOOK_EVERY", 0)
    with pytest.raises(TrainingInterrupted):
        train(recipe, dataset, folder=tmp_path / "run", callbacks=[Stopping(tmp_path / "run")])
    assert Run(tmp_path / "run").load(LivePictures).pictures
