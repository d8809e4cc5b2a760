"""Listed runs: what a list says of each run of a folder, and the same as a table for spreadsheets and scripts."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.core.errors import SaccadeError
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.core.run_folder import refuse_file
from saccade.tasks import base

UNLISTED_SETTINGS = ("asked", "search")
"""Of a recipe: what Saccade keeps for itself, and what only a search reads."""


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """What a list says of a run.

    Attributes:
        path: its folder.
        status: "finished", "running", "interrupted", "failed" or "damaged".
        problem: what is wrong with it, in a sentence; "" where nothing is.
        started: ISO 8601.
        seconds: of training.
        epochs: that are done.
        monitor: the measure by which the weights were chosen: "val_accuracy"; "" where nothing was measured.
        best: its value in the best epoch.
        best_epoch: from 1.
        test: the headline of the sealed test split, and its name; None before that is opened.
        settings: of its recipe, dotted names: "learning_rate", "augment.shift".
    """

    path: Path
    status: str
    problem: str = ""
    started: str = ""
    seconds: float | None = None
    epochs: int = 0
    monitor: str = ""
    best: float | None = None
    best_epoch: int | None = None
    test: tuple[str, MetricValue] | None = None
    settings: Mapping[str, Any]

    def cells(self) -> dict[str, Any]:
        """Return its cells in a table, by column; what is not known is None."""
        name, score = self.test or ("", MetricValue(None))
        known = {
            "run": str(self.path),
            "status": self.status,
            "started": self.started,
            "seconds": self.seconds,
            "epochs_done": self.epochs,
            "validation_measure": self.monitor,
            "validation_value": self.best,
            "best_epoch": self.best_epoch,
            "test_measure": name,
            "test_value": score.value,
            "test_low": score.low,
            "test_high": score.high,
            "problem": self.problem,
        }
        return {**known, **{column: value for column, value in self.settings.items() if column not in known}}


def list_runs(folder: Path) -> list[ListedRun]:
    """Return the runs in a folder by name; one that is damaged says what helps. Raises RunError where it is a file."""
    refuse_file(folder)
    found = {path.parent for name in ("run.json", "recipe.yaml") for path in folder.glob(f"*/{name}")}
    return [_listed(path) for path in sorted(found)]


def to_csv(runs: Sequence[ListedRun]) -> str:
    """Return a table of runs, a row each: state, scores with their 95% intervals, then every setting of any of them."""
    rows = [run.cells() for run in runs] or [ListedRun(path=Path(), status="", settings={}).cells()]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows if runs else [])
    return text.getvalue()


def _listed(path: Path) -> ListedRun:
    try:
        return _read(Run.open(path))
    except SaccadeError as error:
        return ListedRun(path=path, status="damaged", problem=str(error), settings={})


def _read(run: Run) -> ListedRun:
    manifest, history = run.manifest, run.history
    monitor, best = manifest.get("monitor", ""), manifest.get("best") or {}
    test, damage = _headline(run)
    return ListedRun(
        path=run.path,
        status=manifest["status"],
        problem=manifest.get("error", "") or damage,
        started=manifest.get("started", ""),
        seconds=manifest.get("seconds"),
        epochs=len(history),
        monitor=monitor if monitor in best else "",
        best=best.get(monitor),
        best_epoch=int(best["epoch"]) if monitor in best else None,
        test=test,
        settings=settings_of(run),
    )


def settings_of(run: Run) -> dict[str, Any]:
    """Return the settings of a run's recipe by dotted name: "learning_rate", "model", "model.dropout"."""
    values = run.recipe.model_dump(mode="json", exclude=set(UNLISTED_SETTINGS))
    return dict(_dotted(values))


def _dotted(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if not isinstance(value, dict):
            yield name, value
            continue
        if "name" in value:  # `model: lenet5` is short for its name
            yield name, value["name"]
        yield from ((f"{name}.{inner}", each) for inner, each in value.items() if inner != "name")


def _headline(run: Run) -> tuple[tuple[str, MetricValue] | None, str]:
    """Return the score of the test split, and what is wrong with the file of it, which hides nothing else of a run."""
    if not run.has_evaluation:
        return None, ""
    try:
        name, score = base.for_run(run).read_evaluation(run).headline
    except SaccadeError as error:
        return None, str(error)
    return ((name, score) if score else None), ""
