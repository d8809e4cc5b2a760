"""Tracking: which trackers follow a training, from its first plan to its scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from saccade.core import registry
from saccade.core.errors import RecipeError, RunError, SaccadeError, TrainingInterrupted
from saccade.core.result import Result
from saccade.core.run import Run
from saccade.core.version import __version__
from saccade.report.run_listing import settings_of
from saccade.report.writing import report
from saccade.training.progress import Moment, Plan, Progress
from saccade.training.tracking.tracked_run import TrackedRun
from saccade.training.tracking.tracker import Begun, Ended, Ending
from saccade.training.tracking.tracker_thread import TrackerThread

KIND = "trackers"

UNTRACKED = ("epoch", "learning_rate")
"""Of a row of the history: its number is the step."""

BRIEFLY = 15.0
"""Seconds for a tracker when a training was stopped: whoever stops it does not want to wait."""

WITHIN = ("contenders", "stages")
"""Folders in a run, of trainings that are part of it."""

Note = Callable[[str], None]


class Tracking:
    """Follows trainings, one after the other, in trackers. Without any it does nothing.

    For example::

        tracking = Tracking(["mlflow", "wandb=experiments"], note=print)
        with tracking.watched(show) as progress:
            run = training.train(recipe, dataset, progress=progress)
        tracking.finish(run, None)
    """

    def __init__(
        self, wanted: Sequence[str], *, note: Note, warn: Note | None = None, resumed: Run | None = None
    ) -> None:
        """Load the trackers.

        Args:
            wanted: "mlflow", or with where it writes "mlflow=http://host:5000", "wandb=experiments".
            note: is told, after a training, where all is, and what went wrong.
            warn: is told what went wrong in place of `note` and of the display: for trainings that else say nothing.
            resumed: a run that goes on: what tracked it goes on too.

        Raises:
            UnknownNameError: there is no such tracker; names the nearest.
            MissingPackageError: its library is not installed.
            RecipeError: one is named twice.
        """
        known = resumed.load(TrackedRun) if resumed else None
        self._places = {**(known.places if known else {}), **_places(wanted)}
        self._kinds = {name: registry.load(KIND, name).Tracker for name in self._places}
        self._threads = list[TrackerThread]()
        self._run: Run | None = None
        self._note, self._warn, self._is_whole, self._is_kept = note, warn, False, False

    def __enter__(self) -> "Tracking":
        """Follow until the end of the block."""
        return self

    def __exit__(self, *error: object) -> None:
        """End what is still followed, because something failed after its training."""
        self._end("failed", note=self._note)

    @contextmanager
    def watched(self, watch: Callable[[], AbstractContextManager[Progress]]) -> Iterator[Progress]:
        """Give what hears a training: what `watch` opens, and the trackers."""
        with watch() as progress:
            try:
                yield TrackedProgress(progress, self) if self._kinds else progress
            except BaseException as error:
                stopped = isinstance(error, TrainingInterrupted | KeyboardInterrupt)
                self._end("interrupted" if stopped else "failed", note=progress.note)
                raise

    def begin(self, plan: Plan) -> None:
        """Tell the trackers of a training that is about to start; of parts of one that is tracked, nothing."""
        if self._run:
            return
        self._run = run = _whole(plan.run)
        known = run.load(TrackedRun)
        for name, kind in self._kinds.items():
            called = known.names.get(name, "") if known and known.places.get(name) == self._places[name] else ""
            thread = TrackerThread(name, self._places[name], kind)
            thread.begin(Begun(name=run.path.name, known=called, settings=settings_of(run), tags=_tags(run)))
            self._threads.append(thread)

    def log(self, part: Path, row: Mapping[str, float]) -> None:
        """Tell them the results of an epoch, of the run or of a part of it, by whose name they are called then."""
        is_whole = self._run is not None and part == self._run.path
        self._is_whole = self._is_whole or is_whole
        self._tell(row, "" if is_whole else f"{part.name}/")
        self._keep()

    def tell_problems(self, note: Note) -> None:
        """Tell what went wrong since it was last told, a sentence a tracker."""
        for thread in self._threads:
            if problem := thread.problem():
                (self._warn or note)(problem)

    def finish(self, run: Run, evaluation: Result | None) -> None:
        """Tell them the scores of a finished run, give them its files, and note where all is."""
        if not self._threads:
            return
        if not self._is_whole:  # of contenders, of which the run has become the best
            for row in run.history:
                self._tell(row, "")
        self._end("finished", note=self._note, scores=scores(run, evaluation), files=_files(run, self._note))

    def _tell(self, row: Mapping[str, float], prefix: str) -> None:
        values = {prefix + name: value for name, value in row.items() if name not in UNTRACKED}
        for thread in self._threads:
            thread.log(int(row["epoch"]), values)

    def _end(self, how: Ending, *, note: Note, **what: Any) -> None:
        patience = None if how == "finished" else BRIEFLY
        for thread in self._threads:
            if where := thread.end(Ended(how=how, **what), patience=patience):
                note(where)
        self.tell_problems(note)
        self._keep()
        self._threads, self._run, self._is_whole, self._is_kept = [], None, False, False

    def _keep(self) -> None:
        """Write into the run what the trackers call it, once they have begun: it may be killed, and go on."""
        names = {thread.name: thread.called for thread in self._threads if thread.called}
        if self._run and names and not self._is_kept:
            with suppress(RunError):  # a full disk: the training itself says it
                self._run.save(TrackedRun(self._places, names))
            self._is_kept = len(names) == len(self._threads)


class TrackedProgress(Progress):
    """Hears a training for another one, and for trackers."""

    def __init__(self, inner: Progress, tracking: Tracking) -> None:
        self._inner, self._tracking = inner, tracking
        self._part = Path()

    def stage(self, about: str, *, verb: str = "Trying") -> None:
        """Hand it on."""
        self._inner.stage(about, verb=verb)

    def planned(self, plan: Plan) -> None:
        """Hand it on, and begin."""
        self._inner.planned(plan)
        self._part = plan.run
        self._tracking.begin(plan)

    def moved(self, moment: Moment) -> None:
        """Hand it on."""
        self._inner.moved(moment)

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        """Hand it on, and track it."""
        self._inner.epoch_done(row, best=best)
        self._tracking.log(self._part, row)
        self._tracking.tell_problems(self._inner.note)

    def note(self, text: str) -> None:
        """Hand it on."""
        self._inner.note(text)


def scores(run: Run, evaluation: Result | None) -> dict[str, float]:
    """Return the numbers that a finished run is compared by: its best epoch, and its evaluation with intervals."""
    best = {f"best/{name}": value for name, value in run.manifest.get("best", {}).items()}
    return {**best, **(dict(_numbers(evaluation)) if evaluation else {})}


def _numbers(evaluation: Result) -> Iterator[tuple[str, float]]:
    """Yield the headline and every metric of an evaluation that is a number, with the ends of its interval."""
    name, headline = evaluation.headline
    found = {name.replace(" ", "_"): headline.to_dict()} if headline else {}
    metrics = evaluation.to_dict().get("metrics", {})
    found |= {name: value for name, value in metrics.items() if isinstance(value, dict) and "value" in value}
    for metric, values in found.items():
        for end, value in values.items():
            if end in ("value", "low", "high") and isinstance(value, int | float):
                yield f"{evaluation.split}/{metric}{'' if end == 'value' else f'_{end}'}", float(value)


def _places(wanted: Sequence[str]) -> dict[str, str]:
    found = dict[str, str]()
    for word in wanted:
        name, _, place = word.partition("=")
        if name in found:
            raise RecipeError(f"--track names {name} twice: one place a tracker.")
        found[name] = place
    return found


def _whole(path: Path) -> Run:
    """Return the run that a training is, or is part of."""
    while path.parent.name in WITHIN:
        path = path.parent.parent
    return Run(path)


def _tags(run: Run) -> dict[str, str]:
    data = run.data
    known = {"task": run.recipe.task, "modality": run.modality, "data": data["name"], "path": str(run.path.resolve())}
    return {**known, "data_hash": str(data.get("content_hash", "")), "version": __version__}


def _files(run: Run, note: Note) -> tuple[Path, ...]:
    """Return model.onnx and the report, which is written for it; without what cannot be had, which is noted."""
    found = [run.exported("model.onnx")]
    try:
        found.append(report(run))
    except SaccadeError as error:
        note(f"The trackers get no report: {error}")
    return tuple(file for file in found if file)
