"""Trackers that are told of trainings: these are our own; those of the real libraries are tested beside."""

import threading
import time
from pathlib import Path

import pytest
from heard_progress import HeardProgress

import saccade
from saccade.cli import run as command
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.errors import MissingPackageError, RecipeError, RunError, TrainingInterrupted, UnknownNameError
from saccade.core.run import Run
from saccade.training.progress import Plan
from saccade.training.tracking import tracker_thread, tracking
from saccade.training.tracking.tracked_run import TrackedRun
from saccade.training.tracking.tracking import Tracking

PLAN = {"inputs": "images", "epochs": 2, "steps": 1, "total_steps": 2, "batch_size": 8, "train": 8, "validation": 2}
PLAN |= {"parameters": 1, "precision": "float32", "device": "CPU", "expected_seconds": 1}


class Spy:
    """A tracker that keeps what it is told."""

    told = None
    threads = None

    def __init__(self, place):
        self.place = place

    @property
    def where(self):
        return f"at {self.place}"

    def begin(self, begun):
        Spy.threads.add(threading.current_thread())
        Spy.told.append(("begin", begun))
        return begun.known or "spy-1"

    def log(self, step, values):
        Spy.told.append(("log", step, values))

    def end(self, ended):
        Spy.told.append(("end", ended))


class Broken(Spy):
    def log(self, step, values):
        raise SystemExit("no route\nto host.")


class Hanging(Spy):
    def log(self, step, values):
        time.sleep(60)


class NeverBeginning(Spy):
    def begin(self, begun):
        time.sleep(60)


class Late(Spy):
    def log(self, step, values):
        if step == 2:
            raise OSError("the disk is full")


class Uploading(Spy):
    def end(self, ended):
        time.sleep(1)


@pytest.fixture
def trackers(monkeypatch):
    """Put a tracker in the place of the real ones; return what it is told."""
    Spy.told, Spy.threads = [], set()

    def use(kind):
        module, others = type("Module", (), {"Tracker": kind}), registry.load
        monkeypatch.setattr(
            registry, "load", lambda folder, name: module if folder == "trackers" else others(folder, name)
        )
        return Spy.told

    return use


@pytest.fixture
def run(tmp_path):
    made = Run.create(recipes.read("mnist-dense", seed=3), runs=tmp_path)
    made.write_data({"name": "mnist", "modality": "images", "content_hash": "abc"})
    return made


def follow(tracking, run, epochs=(1, 2)):
    heard = HeardProgress()

    def watch():
        from contextlib import nullcontext

        return nullcontext(heard)

    with tracking.watched(watch) as progress:
        progress.planned(Plan(run=run.path, **PLAN))
        for epoch in epochs:
            progress.epoch_done({"epoch": epoch, "seconds": 1.0, "val_loss": 1 / epoch}, best=True)
    return heard


def finish(tracking, run):
    run.write_manifest(status="finished", best={"epoch": 2, "val_loss": 0.5}, monitor="val_loss")
    tracking.finish(run, None)


def test_a_tracker_is_told_settings_epochs_and_scores(trackers, run, monkeypatch):
    monkeypatch.setattr(tracking, "report", lambda run: run.path / "report.html")
    told, said = trackers(Spy), []
    followed = Tracking(["spy=somewhere"], note=said.append)
    heard = follow(followed, run)
    finish(followed, run)
    begun = told[0][1]
    assert (begun.name, begun.known, begun.settings["seed"]) == (run.path.name, "", 3)
    assert begun.tags["data"] == "mnist"
    assert told[1:3] == [("log", n, {"seconds": 1.0, "val_loss": 1 / n}) for n in (1, 2)]
    assert told[3][1].how == "finished"
    assert told[3][1].scores == {"best/epoch": 2, "best/val_loss": 0.5}
    assert told[3][1].files == (run.path / "report.html",)
    assert said == ["spy: at somewhere"]
    assert len(heard.rows) == 2
    assert threading.main_thread() not in Spy.threads


def test_a_tracker_that_fails_is_said_once_and_stops_nothing(trackers, run):
    trackers(Broken)
    said = []
    followed = Tracking(["spy"], note=said.append)
    heard = follow(followed, run, epochs=(1,))
    followed._threads[0]._thread.join(10)
    heard.notes += follow(followed, run, epochs=(2, 3)).notes
    finish(followed, run)
    assert [note for note in (*heard.notes, *said) if "spy" in note] == [
        "spy has this training as spy-1 only without its epochs, which does not concern the run itself: no route."
    ]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (NeverBeginning, "spy has nothing of this training, "),
        (Hanging, "spy has this training as spy-1 only without its epochs, "),
    ],
)
def test_a_tracker_that_gets_no_further_is_left_alone_and_what_it_lacks_is_said(trackers, run, monkeypatch, kind, kept):
    trackers(kind)
    monkeypatch.setattr(tracker_thread, "STALLED", 0.2)
    said = []
    followed = Tracking(["spy"], note=said.append)
    began = time.monotonic()
    follow(followed, run)
    finish(followed, run)
    assert time.monotonic() - began < 30
    assert said[-1].startswith(kept)
    assert "it did not answer within 0 s after the training, and was left alone" in said[-1]


def test_an_upload_has_longer_than_a_tracker_that_hangs(trackers, run, monkeypatch):
    trackers(Uploading)
    monkeypatch.setattr(tracker_thread, "STALLED", 0.2)
    said = []
    followed = Tracking(["spy=here"], note=said.append)
    follow(followed, run)
    finish(followed, run)
    assert said[-1] == "spy: at here"


def test_an_upload_that_never_ends_is_left_alone(trackers, run, monkeypatch):
    trackers(Uploading)
    monkeypatch.setattr(tracker_thread, "PATIENCE", 0.2)
    said = []
    followed = Tracking(["spy"], note=said.append)
    follow(followed, run)
    finish(followed, run)
    assert said[-1].startswith("spy has all epochs of this training as spy-1, but not all of its scores and files, ")


def test_a_training_that_says_nothing_says_what_is_not_tracked(trackers, run):
    trackers(Late)
    said, warned = [], []
    followed = Tracking(["spy"], note=said.append, warn=warned.append)
    heard = follow(followed, run, epochs=(1, 2))
    finish(followed, run)
    assert warned == [
        "spy has this training as spy-1 only up to epoch 1, which does not concern the run itself: the disk is full."
    ]
    assert not [note for note in (*heard.notes, *said) if "spy" in note]


@pytest.mark.parametrize(
    ("error", "how"),
    [(TrainingInterrupted("stop"), "interrupted"), (KeyboardInterrupt(), "interrupted"), (ValueError("x"), "failed")],
)
def test_a_training_that_stops_is_said_to_have(trackers, run, error, how):
    told = trackers(Spy)
    followed = Tracking(["spy"], note=print)
    with pytest.raises(type(error)):
        follow(followed, run, epochs=_then(error))
    assert told[-1][1].how == how


def _then(error):
    yield 1
    raise error


def test_what_fails_after_the_training_ends_the_tracking_too(trackers, run):
    told = trackers(Spy)
    with pytest.raises(ValueError), Tracking(["spy"], note=print) as followed:
        follow(followed, run)
        raise ValueError("the evaluation")
    assert told[-1][1].how == "failed"


def test_a_run_that_goes_on_is_tracked_where_it_was(trackers, run):
    told = trackers(Spy)
    with pytest.raises(KeyboardInterrupt):
        follow(Tracking(["spy=there"], note=print), run, epochs=_then(KeyboardInterrupt()))
    assert run.load(TrackedRun) == TrackedRun({"spy": "there"}, {"spy": "spy-1"})
    again = Tracking([], note=print, resumed=run)
    follow(again, run, epochs=(2,))
    finish(again, run)
    begun = [each[1] for each in told if each[0] == "begin"]
    assert [each.known for each in begun] == ["", "spy-1"]


def test_another_place_gets_a_run_of_its_own(trackers, run):
    told = trackers(Spy)
    run.save(TrackedRun({"spy": "there"}, {"spy": "spy-1"}))
    again = Tracking(["spy=elsewhere"], note=print, resumed=run)
    follow(again, run, epochs=(2,))
    finish(again, run)
    assert told[0][1].known == ""


def test_contenders_are_told_by_their_name_and_the_run_by_what_it_became(trackers, run, monkeypatch):
    monkeypatch.setattr(tracking, "report", lambda run: run.path / "report.html")
    told = trackers(Spy)
    contender = Run(run.contender_path("scratch"))
    followed = Tracking(["spy"], note=print)
    follow(followed, contender, epochs=(1,))
    run.write_history([{"epoch": 1, "seconds": 1.0, "val_loss": 0.25}])
    finish(followed, run)
    assert told[0][1].name == run.path.name
    logged = [each[2] for each in told if each[0] == "log"]
    assert logged == [{"scratch/seconds": 1.0, "scratch/val_loss": 1.0}, {"seconds": 1.0, "val_loss": 0.25}]


def test_without_trackers_nothing_is_heard_or_written(run):
    followed = Tracking([], note=print)
    follow(followed, run)
    finish(followed, run)
    assert not (run.path / TrackedRun.FILE).exists()


def test_wrong_names_are_said_before_anything_is_done(tmp_path, capsys):
    with pytest.raises(RecipeError, match="twice"):
        Tracking(["mlflow", "mlflow=b"], note=print)
    with pytest.raises(UnknownNameError, match="Did you mean 'mlflow'"):
        saccade.train("digits", track="mlfow", runs=tmp_path)
    assert command(["train", "digits", "--track", "wndb", "--runs", str(tmp_path)]) == 2
    assert "Did you mean 'wandb'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", registry.names("trackers"))
def test_a_library_that_is_not_there_is_named_with_how_to_get_it(name):
    try:
        __import__(name)
    except ModuleNotFoundError:
        with pytest.raises(MissingPackageError, match=f"pip install {name}"):
            Tracking([name], note=print)


def test_a_damaged_record_is_said(run):
    Path(run.path / TrackedRun.FILE).write_text('{"places": 3}')
    with pytest.raises(RunError, match="tracked.json"):
        Tracking([], note=print, resumed=run)
