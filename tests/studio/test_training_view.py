"""What a page shows of a training, made of what its job has printed."""

import json

import pytest

from saccade.studio.job import Job, Order
from saccade.studio.training_view import TrainingView

PLAN = {
    **{"event": "plan", "run": "runs/quick-1", "inputs": "images", "epochs": 4, "steps": 10, "total_steps": 40},
    **{"batch_size": 64, "train": 640, "validation": 64, "parameters": 1234, "precision": "float32"},
    **{"device": "CPU, 2 cores", "expected_seconds": 75.0, "trainable": 1200},
}


def epoch(number, **results):
    return {"event": "epoch", "epoch": number, "seconds": 1.0, "loss": 1 / number, "val_loss": 2 / number, "best": True}


@pytest.fixture
def view(tmp_path):
    """Give a function that returns the view of a job that printed some events."""

    def make(*events, run=""):
        job = Job.create(tmp_path / "jobs" / "1", Order("train", "Training", ("train", "x"), run=run))
        (job.path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
        return TrainingView(job, tmp_path / "runs")

    return make


def test_a_plan_is_told_as_on_the_command_line(view):
    said = view(PLAN).current.headline
    assert said == (
        "1,234 parameters (training adjusts 1,200), float32 on CPU, 2 cores; 4 epochs of 10 steps of 64 images"
    )


def test_within_an_epoch_its_steps_count(view):
    shown = view(PLAN, epoch(1), {"event": "step", "epoch": 2, "step": 5, "seconds_left": 30.0}).current
    assert shown.done == pytest.approx(1.5 / 4)
    assert shown.left == "about 30 s left"


def test_curves_have_training_and_validation_of_each_result(view):
    (chart,) = view(PLAN, epoch(1), epoch(2)).curves()
    assert chart == {"name": "loss", "epochs": [1, 2], "training": [1.0, 0.5], "validation": [2.0, 1.0]}


def test_each_way_that_is_tried_has_its_own_epochs(view):
    shown = view(
        {"event": "stage", "about": "features"}, PLAN, epoch(1), {"event": "stage", "about": "scratch"},
        {**PLAN, "run": "runs/quick-1/contenders/scratch"}, epoch(1), epoch(2),
    )  # fmt: skip
    assert [(each.about, len(each.rows)) for each in shown.attempts] == [("features", 1), ("scratch", 2)]
    assert len(shown.rows) == 2


def test_the_run_of_a_contender_is_the_run_it_may_become(view):
    assert view({**PLAN, "run": "runs/quick-1/contenders/scratch"}).job.run == "quick-1"
    assert view({**PLAN, "run": "runs/quick-1/stages/01-a"}).job.run == "quick-1"


def test_a_training_that_was_gone_on_with_shows_the_epochs_before(view, make_run):
    make_run("quick-1", accuracy=[0.5, 0.6, 0.7])
    shown = view(PLAN, epoch(3), epoch(4), run="quick-1")
    assert [row["epoch"] for row in shown.rows] == [1, 2, 3, 4]


def test_notes_of_data_and_training_are_shown(view):
    shown = view({"event": "data", "notes": ["3 files skipped"]}, {"event": "note", "text": "It is exported."})
    assert shown.notes == ["3 files skipped", "It is exported."]
