"""Which ways to train were tried, in words and on the page of a report."""

from collections.abc import Sequence
from pathlib import Path

from saccade.core.naming import readable
from saccade.core.run import Run
from saccade.report import page
from saccade.report.page import Section
from saccade.training.contender import Entry, Race

_TEMPLATE = Path(__file__).with_name("image_report_race.html.j2")


def lines(run: Run) -> Sequence[str]:
    """Return a line a way to train that was tried or left out; none where there was no choice."""
    race = run.load(Race)
    if race is None:
        return ()
    return [f"{line_of(each, race.monitor)}{'  ★ kept' if each.name == race.chosen else ''}" for each in race.entries]


def line_of(entry: Entry, monitor: str) -> str:
    """Return how one way to train did: "a linear layer …: validation accuracy 0.8692 after 21 s"."""
    if entry.reason:
        return f"{entry.about}: not tried. {entry.reason}"
    score = "no validation split" if entry.score is None else f"{measure(monitor)} {written(entry.score)}"
    return f"{entry.about}: {score} after {entry.seconds:.0f} s"


def measure(monitor: str) -> str:
    """Return "validation accuracy" for "val_accuracy"."""
    return readable(f"val_{monitor.removeprefix('val_')}")


def written(score: float) -> str:
    """Return a score, of which larger is better: errors, which are kept with a minus, without it."""
    return f"{abs(score):.4f}" if abs(score) < 1 else f"{abs(score):.4g}"


def section(run: Run) -> list[Section]:
    """Return the section of a report on the ways that were tried; none where there was no choice."""
    race = run.load(Race)
    if race is None:
        return []
    values = {"race": race, "measure": measure(race.monitor), "written": written}
    return [Section("race", "Ways tried", page.fill(_TEMPLATE, **values))]
