"""How a search looks: on a terminal of 80 columns, and in a log file."""

import io
from dataclasses import replace
from pathlib import Path

from plans import SMALL_PLAN
from rich.console import Console

from saccade.core.metric_value import MetricValue
from saccade.tuning.display import Remaining, ending, headline, landing, show_search
from saccade.tuning.jobs import Job
from saccade.tuning.records import TrialResult
from saccade.tuning.verdict import Verdict

CHANGES = {"learning_rate": 0.003, "model.width": 64}


def shown(*, terminal):
    text = io.StringIO()
    with show_search(console=Console(file=text, force_terminal=terminal, width=80, color_system=None)) as progress:
        progress.planned(Path("searches/mine"), SMALL_PLAN, [])
        for trial, value in ((0, 0.8), (1, 0.9)):
            job = Job(f"trial-{trial}", trial, 0, None, 5, None)
            progress.job_started(job, CHANGES, used=10)
            for epoch in (1, 2):
                progress.epoch_done({"epoch": epoch, "loss": 1.0, "val_accuracy": value * epoch / 2})
                progress.moved(f"epoch {epoch}", used=12)
            found = TrialResult(trial, 0, None, CHANGES if trial else {}, "val_accuracy", value, value, 5, 5)
            progress.job_done(job, found, used=15)
    return text.getvalue()


def test_the_terminal_has_the_trials_their_best_and_the_curve_of_the_training():
    text = shown(terminal=True)
    assert "learning_rate 0.003" in text
    assert "best val_accuracy of 2 trials" in text
    assert "epoch 2  ▁█" in text
    assert all(len(line) <= 80 for line in text.splitlines() if "\x1b" not in line)


def test_a_log_has_a_line_a_training():
    text = shown(terminal=False)
    assert "recipe and winner 2 times, 20 s each" in " ".join(text.split())
    assert "\x1b" not in text
    assert text.count("val_accuracy 0.") == 2


def test_a_search_says_that_it_has_no_time_for_all_seeds():
    plan = replace(SMALL_PLAN, seeds=1, seeds_asked=3)
    assert "recipe and winner once, as there is no time for 3, 20 s each" in str(headline(Path("mine"), plan, []))


def test_a_search_without_time_for_trials_says_what_it_does_and_what_is_enough():
    plan = replace(SMALL_PLAN, budget=110, longest=84, rungs=(), needed=161)
    said = str(headline(Path("mine"), plan, []))
    assert "1 min 50 s are too short to try other settings" in said
    assert "3m are enough to search" in said
    assert "the recipe itself is trained, 1 min 24 s, by the clock" in said
    assert landing(80, replace(plan, whole=50, longest=50), 0).endswith("are left: the recipe takes no longer.")


def test_the_end_of_a_search_that_had_no_time_names_no_trial():
    alone = Verdict(0, {}, "val_accuracy", 1, 84.0, 0, MetricValue(None), (), None, 0.0, "mine", ("It is good.",))
    text = io.StringIO()
    Console(file=text, width=120, color_system=None).print(ending(alone, {}, [], width=120))
    assert text.getvalue() == (
        "There was no time to try other settings: the recipe itself was trained, for 84 s.\nIt is good.\n"
    )
    assert not alone.is_better
    assert Verdict.from_dict(alone.to_dict()) == alone


def test_the_time_that_is_left_goes_on_while_nothing_else_happens(monkeypatch):
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    shown = Remaining(10, 60)
    assert str(shown.__rich__()) == "10 s used, 50 s left"
    now = 160.0
    assert str(shown.__rich__()) == "1 min 10 s used, 0 s left"
