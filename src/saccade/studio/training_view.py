"""TrainingView: what a page shows of a training that runs beside the studio, made of what its job has printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from saccade.core.errors import RunError
from saccade.core.finding import plural
from saccade.core.naming import readable
from saccade.core.run import Run
from saccade.studio.job import ENDED, KILLED, RUNNING, STOPPED, Job
from saccade.studio.writing import count, duration

MEASURED = ("epoch", "seconds", "learning_rate", "best", "event")
"""What a row of an epoch has besides results."""


def curves_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each result of epochs, its numbers in training and validation, for a page to draw."""
    first = rows[0] if rows else {}
    names = [name for name in first if name not in MEASURED and not name.startswith("val_")]
    return [
        {
            "name": readable(name),
            "epochs": [row["epoch"] for row in rows],
            "training": [row.get(name) for row in rows],
            "validation": [row.get(f"val_{name}") for row in rows] if f"val_{name}" in first else [],
        }
        for name in names
    ]


@dataclass
class Attempt:
    """One training of a network: the whole run, or one of several ways that are tried, or of a part that comes first.

    Attributes:
        about: what is tried; "" where there is nothing to choose from.
        plan: as `saccade train --json` prints it; {} before it is known.
        rows: an epoch each.
        step: where it is within an epoch, as it was printed last; {} between epochs.
    """

    about: str = ""
    plan: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    step: dict[str, Any] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """What is trained, as the command line says it."""
        plan = self.plan
        if not plan:
            return ""
        adjusted = plan.get("trainable", 0)
        some = f" (training adjusts {count(adjusted)})" if adjusted not in (0, plan["parameters"]) else ""
        xla = " with XLA" if plan.get("xla") else ""
        steps = plural(plan["steps"], "step", "steps")
        return (
            f"{count(plan['parameters'])} parameters{some}, {plan['precision']} on {plan['device']}{xla}; "
            f"{count(plan['epochs'])} epochs of {steps} of {plan['batch_size']} {plan['inputs']}"
        )

    @property
    def done(self) -> float:
        """The share of it that is done, 0 to 1."""
        if not self.plan or not self.plan["epochs"]:
            return 0.0
        epochs = self.rows[-1]["epoch"] if self.rows else 0
        if self.step:
            epochs = self.step["epoch"] - 1 + self.step["step"] / max(1, self.plan["steps"])
        return float(min(1.0, epochs / self.plan["epochs"]))

    @property
    def left(self) -> str:
        """How long it will still take, in words; "" while nobody knows."""
        if self.step:
            return f"about {duration(self.step['seconds_left'])} left"
        if self.plan and not self.rows:
            return f"about {duration(self.plan['expected_seconds'])} in all"
        return ""

    @property
    def names(self) -> list[str]:
        """The results of an epoch: "loss", "accuracy", without those of validation."""
        first = self.rows[0] if self.rows else {}
        return [name for name in first if name not in MEASURED and not name.startswith("val_")]


@dataclass(frozen=True)
class TrainingView:
    """A training as its job tells it.

    Attributes:
        job: that trains.
        runs: the folder of runs.
    """

    job: Job
    runs: Path

    @cached_property
    def attempts(self) -> list[Attempt]:
        """The trainings so far, the present one last."""
        found: list[Attempt] = []
        for event in self.job.events:
            kind = event.get("event")
            if kind == "stage":
                found.append(Attempt(event["about"]))
            elif kind == "plan":
                if not found or found[-1].plan:
                    found.append(Attempt())
                found[-1].plan = event
            elif kind == "epoch" and found:
                found[-1].rows.append(event)
                found[-1].step = {}
            elif kind == "step" and found:
                found[-1].step = event
        return found

    @property
    def current(self) -> Attempt | None:
        """The training that runs, or ran last."""
        return self.attempts[-1] if self.attempts else None

    @cached_property
    def run(self) -> Run | None:
        """The run, once there is one."""
        path = self.runs / self.job.run
        return Run(path) if self.job.run and (path / "run.json").is_file() else None

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The epochs of the present training; of one that was gone on with, those before the interruption too."""
        rows = self.current.rows if self.current else []
        first = rows[0]["epoch"] if rows else float("inf")
        if not self.job.order.run or self.run is None or len(self.attempts) > 1:
            return rows
        try:
            return [*(row for row in self.run.history if row["epoch"] < first), *rows]
        except RunError:
            return rows

    def curves(self) -> list[dict[str, Any]]:
        """Return, for each result, its numbers by epoch in training and validation, for a page to draw."""
        return curves_of(self.rows)

    @property
    def audit(self) -> dict[str, Any]:
        """What the audit found before the training: its "verdict" and "findings"; {} where there was none yet."""
        return next(iter(self.job.events_of("audit")), {})

    @property
    def notes(self) -> list[str]:
        """What the user should know, as the command line says it."""
        found = [note for event in self.job.events_of("data") for note in event.get("notes", ())]
        return [*found, *(event["text"] for event in self.job.events_of("note"))]

    @property
    def finished(self) -> dict[str, Any]:
        """The last event of a training that came to its end: "seconds", "best"; {} before."""
        return next(iter(self.job.events_of("finished")), {})

    @property
    def phase(self) -> str:
        """What is being done, in words."""
        if self.job.state != RUNNING:
            return ""
        if self.job.stopping:
            return "Stopping at the next step where everything is saved …"
        if not self.job.events:
            return "Reading the data …"
        if not self.current:
            return "Preparing the network …"
        if self.finished:
            return "Writing the last files …"
        return f"{self.current.about[0].upper()}{self.current.about[1:]}" if self.current.about else "Training"

    @property
    def ended_early(self) -> str:
        """What to know of a training that did not come to its end and can be gone on with; "" otherwise."""
        if self.job.state not in {STOPPED, KILLED} or self.run is None:
            return ""
        epochs = len(self.rows)
        where = f"in epoch {epochs + 1}" if epochs else "before its first epoch was done"
        how = (
            "was stopped"
            if self.job.state == STOPPED
            else "ended without a word: it was killed, or the machine went off,"
        )
        return f"It {how} {where}. What it learnt so far is kept, and it can be gone on with."

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.job.state in ENDED

    @property
    def stamp(self) -> str:
        """A text that changes with everything that a page shows."""
        return f"{self.job.state} {self.job.stopping} {len(self.job.events)}"
