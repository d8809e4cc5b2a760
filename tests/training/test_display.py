"""What a person sees on a terminal while it trains."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from saccade.training.display import Panels, show
from saccade.training.progress import Moment, Plan

PLAN = Plan(Path("runs/ae-1"), "rows", 3, 10, 30, 64, 640, 100, 1234, "float32", "CPU, 2 cores", 75)


@pytest.fixture
def screen():
    return Console(file=io.StringIO(), width=120, color_system=None)


def row(epoch, **results):
    return {"epoch": epoch, "seconds": 1.5, "learning_rate": 0.001, **results}


def test_a_log_file_gets_a_line_an_epoch_in_which_small_losses_can_be_read(screen):
    with show(console=screen) as progress:
        progress.planned(PLAN)
        progress.epoch_done(row(1, loss=0.04123, val_loss=0.0123), best=True)
        progress.epoch_done(row(2, loss=0.0000312, val_loss=0.0), best=False)
    said = screen.file.getvalue().splitlines()
    assert said[0].startswith("runs/ae-1: 1,234 parameters, float32 on CPU, 2 cores")
    assert said[1] == "3 epochs of 10 steps of 64 rows, about 1 min 15 s"
    assert said[2:] == [
        "epoch 1/3  loss 0.0412  val 0.0123  1.5 s  ★ best",
        "epoch 2/3  loss 3.1e-05  val 0.0000  1.5 s",
    ]


def test_weights_that_training_does_not_adjust_are_told_apart_as_in_the_report(screen):
    with show(console=screen) as progress:
        progress.planned(replace(PLAN, trainable=1200))
    assert "1,234 parameters (training adjusts 1,200), float32" in screen.file.getvalue()


def test_a_budget_may_hold_more_epochs_than_were_guessed(screen):
    with show(console=screen) as progress:
        progress.planned(PLAN)
        progress.epoch_done(row(4, loss=0.1), best=False)
    assert "epoch 4/4" in screen.file.getvalue()


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ({"val_accuracy": [0.5, 0.9, 0.8], "val_loss": [1, 2, 3]}, "validation accuracy ▁█▆ 0.8000 (best 0.9000)"),
        ({"loss": [9, 9, 9], "val_loss": [0.3, 0.1, 0.15]}, "validation loss █▁▃ 0.1500 (best 0.1000)"),
        ({"loss": [0.3, 0.0001, 0.2]}, "loss █▁▆ 0.2000 (best 1.0e-04)"),
    ],
)
def test_the_panel_shows_the_speed_and_the_best_epoch_so_far(screen, results, said):
    class Shown:
        console = screen

        def update(self, panel):
            screen.print(panel)

    panels = Panels(Shown())
    panels.planned(PLAN)
    for epoch in range(3):
        panels.epoch_done(row(epoch + 1, **{name: values[epoch] for name, values in results.items()}), best=False)
    screen.file.seek(0)
    screen.file.truncate()
    panels.moved(Moment(3, 4, 5678.0, 61, {"loss": 0.25}))
    text = screen.file.getvalue()
    assert "step 4/10" in text
    assert "5,678 rows/s" in text
    assert "1 min 01 s left" in text
    assert said in text


def test_of_hundreds_of_epochs_a_line_tells_of_many_and_says_which_was_the_best(screen):
    with show(console=screen) as progress:
        progress.planned(replace(PLAN, epochs=600))
        for epoch in range(1, 601):
            progress.epoch_done(row(epoch, loss=1.0, val_loss=1.0), best=epoch in (1, 13, 15, 40))
    said = screen.file.getvalue().splitlines()
    assert said[1].endswith("about 1 min 15 s; a line every 10 epochs")
    lines = [line for line in said if line.startswith("epoch")]
    assert len(lines) == 61
    assert [line.partition("/")[0].split()[1] for line in lines[:3] + lines[-1:]] == ["1", "10", "20", "600"]
    assert [line.partition("★ ")[2] for line in lines[:6]] == ["best", "", "best was 15", "", "best", ""]
