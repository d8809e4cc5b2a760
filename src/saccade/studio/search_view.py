"""SearchView: what a page shows of a search for better settings, made of its folder and of the job that works on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from saccade.core.errors import RunError
from saccade.core.naming import readable
from saccade.studio.job import ENDED, FAILED, FINISHED, QUEUED, RUNNING, STOPPED, Job
from saccade.tuning.records import Plan, TrialResult
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.verdict import Verdict

CURVES = ("val_accuracy", "val_loss", "loss")
"""Of a training, the first that its history has; before them comes by what trials are compared."""

FRESH = 15.0
"""Seconds without a word after which nobody searches: a process that does says so every two."""


@dataclass(frozen=True)
class SearchView:
    """A search.

    Attributes:
        path: its folder; not there yet while its job reads the data.
        job: the newest that works on it; None where only the command line did.
    """

    path: Path
    job: Job | None = None

    @property
    def name(self) -> str:
        """Of its folder, as addresses have it."""
        return self.path.name

    @cached_property
    def folder(self) -> SearchFolder | None:
        """What the search has written; None before its first trial."""
        return SearchFolder(self.path) if (self.path / "search.json").is_file() else None

    @cached_property
    def plan(self) -> Plan | None:
        """What is searched; None before that is known."""
        return self.folder.plan if self.folder else None

    @cached_property
    def verdict(self) -> Verdict | None:
        """How it ended; None while it has not."""
        return self.folder.verdict if self.folder else None

    @property
    def importances(self) -> dict[str, float]:
        """The share of each setting in how good a trial is, the largest first; {} while nobody can say."""
        final = self.folder.final_plan if self.folder else None  # known before the last comparison ends
        found = final.importances if final else {}
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    @property
    def is_comparing(self) -> bool:
        """Whether a trial is chosen, and recipe and winner are trained anew."""
        return self.folder is not None and self.folder.final_plan is not None

    @property
    def state(self) -> str:
        """How far it is: a word of `studio.job`."""
        if self.verdict is not None:
            return FINISHED
        if self.job is not None and (self.job.state not in ENDED or self.job.state == FAILED):
            return self.job.state
        return RUNNING if self._is_worked_on else STOPPED

    @property
    def _is_worked_on(self) -> bool:
        """Whether a process that the studio did not start searches."""
        return self.folder is not None and self.folder.seconds_since_work() < FRESH

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change by itself."""
        return self.state not in {RUNNING, QUEUED}

    @property
    def can_resume(self) -> bool:
        """Whether it can be gone on with."""
        return self.folder is not None and self.verdict is None and self.has_ended

    @property
    def used(self) -> float:
        """Seconds of its budget that were spent."""
        if self.folder is None:
            return 0.0
        return self.folder.used() if self.has_ended else self.folder.used_by_now()

    @cached_property
    def results(self) -> list[TrialResult]:
        """All trials that are done."""
        return self.folder.results() if self.folder else []

    @property
    def measure(self) -> str:
        """By which trials are compared, in words."""
        return readable(next(iter(self._measures), "score"))

    @property
    def _measures(self) -> list[str]:
        return [each.measure for each in self.results if each.measure]

    def ranked(self) -> list[TrialResult]:
        """Return each trial by its longest training: those that trained the longest first, and of them the best."""
        by_rung = sorted(self.results, key=lambda each: each.rung or 0)
        longest = {each.trial: each for each in by_rung if each.rung is not None}
        worst = float("-inf")
        return sorted(
            longest.values(),
            key=lambda each: (-(each.rung or 0), -(worst if each.score is None else each.score), each.trial),
        )

    def curve(self, each: TrialResult) -> list[float]:
        """Return the validation measure of a trial, an epoch each; none where its run says nothing of it."""
        return self._curve(f"trial-{each.trial:04}-rung{each.rung}")

    def _curve(self, name: str) -> list[float]:
        if self.folder is None:
            return []
        try:
            rows = self.folder.run(name).history
        except RunError:
            return []
        column = next((each for each in (*self._measures, *CURVES) if rows and each in rows[0]), "")
        return [row[column] for row in rows if column in row]

    def now(self) -> Iterator[dict[str, Any]]:
        """Yield what is being trained: "name", "changes", its "curve" so far."""
        if self.job is None or self.has_ended:
            return
        done = {each["name"] for each in self.job.events_of("done")}
        for event in self.job.events_of("started"):
            if event["name"] not in done:
                yield {**event, "curve": self._curve(event["name"])}

    @property
    def notes(self) -> list[str]:
        """What the user should know."""
        told = [event["text"] for event in self.job.events_of("note")] if self.job else []
        died = self.folder.helpers.sentence if self.folder else ""
        return [*self._on_fewer_seeds(), *told, *([died] if died and (self.verdict or not told) else [])]

    def _on_fewer_seeds(self) -> Iterator[str]:
        if self.plan and self.plan.has_fewer_seeds and not self.verdict:
            count, asked = self.plan.seeds, self.plan.seeds_asked
            trainings = "one training" if count == 1 else f"{count} trainings"
            yield f"The time is enough to compare recipe and winner after {trainings} each, not {asked}."

    def charts(self) -> list[dict[str, Any]]:
        """Return the score of each of the shortest trials, in their order, and the best so far, for a page to draw."""
        scored = sorted(
            (each for each in self.results if each.rung == 0 and each.score is not None), key=lambda each: each.trial
        )
        if len(scored) < 2:
            return []
        best = list[TrialResult]()
        for each in scored:
            best.append(each if not best or (each.score or 0) > (best[-1].score or 0) else best[-1])
        return [
            {
                "name": f"{self.measure} of the shortest trials",
                "labels": ["trial", "this trial", "best so far"],
                "epochs": [each.trial for each in scored],
                "training": [each.value for each in scored],
                "validation": [each.value for each in best],
            }
        ]

    @property
    def stamp(self) -> str:
        """A text that changes with what a page shows, every two seconds while it is searched."""
        events = len(self.job.events) if self.job else 0
        stopping = self.job is not None and self.job.stopping
        return f"{self.state} {stopping} {events} {len(self.results)} {self.used // 2}"
