"""What a search tells while it runs; the faces decide how to show it."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from saccade.core.errors import RunError
from saccade.training.progress import Moment, Plan, Progress
from saccade.tuning.clock import SearchClock
from saccade.tuning.jobs import Job
from saccade.tuning.records import FinalPlan, TrialResult
from saccade.tuning.records import Plan as SearchPlan


class SearchProgress:
    """Hears what a search does. This one says nothing; the command line has others."""

    def planned(self, folder: Path, plan: SearchPlan, known: list[TrialResult]) -> None:
        """The search is about to begin, or to go on with what is known."""

    def job_started(self, job: Job, changes: Mapping[str, Any], *, used: float) -> None:
        """A training begins."""

    def moved(self, text: str, *, used: float) -> None:
        """The training is somewhere: "epoch 3"."""

    def waited(self, *, used: float) -> None:
        """Nothing can be trained before other processes are done."""

    def epoch_done(self, row: Mapping[str, float]) -> None:
        """An epoch of the training is done; its row of the history."""

    def job_done(self, job: Job, result: TrialResult, *, used: float) -> None:
        """A training is done."""

    def chosen(self, final: FinalPlan, changes: Mapping[str, Any]) -> None:
        """A trial is the best, and is now compared with the recipe."""

    def note(self, text: str) -> None:
        """Something the user should know."""


class Ticking(Progress):
    """Hears a training: keeps the clock of the search, passes on where it is, and gives up what takes too long."""

    def __init__(
        self, clock: SearchClock, progress: SearchProgress, *, glance: Callable[[], None], most: float = math.inf
    ) -> None:
        """Know after how many seconds the training is given up, and what else is to be looked at from time to time."""
        self._clock, self._progress, self._most, self._began = clock, progress, most, clock.used
        self._glance = glance

    def planned(self, plan: Plan) -> None:
        """A training is about to start."""
        self._tell("starting")

    def moved(self, moment: Moment) -> None:
        """Some more steps are done."""
        self._tell(f"epoch {moment.epoch}, step {moment.step}, {moment.seconds_left:.0f} s left")

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        """An epoch is done."""
        shown = [f"{name} {value:.4f}" for name, value in row.items() if name.startswith("val_")]
        self._progress.epoch_done(row)
        self._tell(f"epoch {row['epoch']:.0f}: {', '.join(shown[:2])}")

    def _tell(self, text: str) -> None:
        self._clock.tick()
        self._glance()
        self._progress.moved(text, used=self._clock.used)
        if self._clock.used - self._began > self._most:
            raise RunError(f"Given up after {self._most:.0f} s: the last trainings need the time that is left.")
