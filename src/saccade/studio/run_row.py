"""RunRow: what a list of runs shows of one, read from its small files, and again only when one of them has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from saccade.core.errors import SaccadeError, escaped
from saccade.core.run import Run
from saccade.core.run_tags import RunTags
from saccade.core.safe_yaml import read_yaml
from saccade.studio.writing import readable

FILES = ("run.json", "history.csv", "evaluation.json", "tags.json", "recipe.yaml")
"""What a row is made of: nothing large, nothing that needs Keras."""

SHOWN_POINTS = 60


@dataclass(frozen=True)
class Score:
    """A number with its interval, where there is one.

    Attributes:
        name: "test accuracy", "validation loss".
        value: None where it is not defined.
        low, high: of the 95% interval.
        split: "test", once that was opened, else "validation".
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    split: str = "validation"


@dataclass(frozen=True)
class RunRow:
    """A run in a list.

    Attributes:
        name: of its folder.
        status: "finished", "running", "interrupted", "failed" or "damaged".
        about: a sentence to the status, "" where it says all.
        task, data: of its recipe.
        score: its headline.
        curve: the validation measure by which the weights were chosen, an epoch each; "loss" where there is no other.
        curve_name: what it shows.
        started: ISO 8601.
        seconds: of training.
        tags: words that people gave it.
        epochs: that are done.
    """

    name: str
    status: str
    about: str = ""
    task: str = ""
    data: str = ""
    model: str = ""
    score: Score | None = None
    curve: tuple[float, ...] = ()
    curve_name: str = ""
    started: str = ""
    seconds: float | None = None
    tags: tuple[str, ...] = ()
    epochs: int = 0

    @property
    def moment(self) -> float:
        """When it was started, for sorting; 0 where that is not known."""
        try:
            return datetime.fromisoformat(self.started).timestamp()
        except ValueError:
            return 0.0


@dataclass
class RunRows:
    """The rows of a folder of runs; remembers what it read.

    Attributes:
        folder: of the runs.
        reads: how many files were read so far.
    """

    folder: Path
    reads: int = 0
    _known: dict[Path, tuple[tuple[int, ...], RunRow]] = field(default_factory=dict)

    def all(self) -> list[RunRow]:
        """Return a row a run, the newest first."""
        return sorted((self._row(path) for path in self._paths()), key=lambda row: (-row.moment, row.name))

    def get(self, name: str) -> RunRow:
        """Return the row of one run."""
        return self._row(self.folder / name)

    @property
    def stamp(self) -> str:
        """A text that changes when a run is added, removed or changed."""
        stamps = sorted((path.name, _stamp(path)) for path in self._paths())
        return f"{hash(tuple(stamps)) & 0xFFFFFFFFFFFF:x}"

    def _paths(self) -> Iterable[Path]:
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path for path in found if not path.name.startswith(".") and _is_run(path)]

    def _row(self, path: Path) -> RunRow:
        stamp = _stamp(path)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            self.reads += sum(1 for part in stamp if part)
            known = self._known[path] = (stamp, read_row(path))
        return _with_process(known[1], path)


def _is_run(path: Path) -> bool:
    return (path / "run.json").is_file() or (path / "recipe.yaml").is_file()


def _stamp(path: Path) -> tuple[int, ...]:
    """Return when each file of a run was changed, 0 for one that is not there."""
    return tuple(_changed(path / name) for name in FILES)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def read_row(path: Path) -> RunRow:
    """Return the row of a run; of a damaged one, a row that says what helps."""
    run = Run(path)
    try:
        manifest, history, settings = run.manifest, run.history, _settings(path)
        tags = run.load(RunTags)
        return RunRow(
            name=path.name,
            status=manifest["status"],
            about=escaped(str(manifest.get("error", ""))),
            **settings,
            score=_test_score(run) or _validation_score(manifest, history),
            curve=_curve(manifest, history),
            curve_name=_curve_name(manifest, history),
            started=manifest.get("started", ""),
            seconds=manifest.get("seconds"),
            tags=tags.tags if tags else (),
            epochs=len(history),
        )
    except SaccadeError as error:
        return RunRow(path.name, "damaged", escaped(str(error)))


def _settings(path: Path) -> dict[str, str]:
    """Return what a recipe says that a list shows, as it stands in the file."""
    try:
        found = read_yaml(path / "recipe.yaml")
    except (OSError, ValueError):
        found = {}
    model = found.get("model", "")
    named = {name: str(found.get(name, "")) for name in ("task", "data")}
    return {**named, "model": str(model.get("name", "")) if isinstance(model, dict) else str(model)}


def _test_score(run: Run) -> Score | None:
    """Return the headline of the test split, once that was opened."""
    from saccade.tasks import base

    if not run.has_evaluation:
        return None
    name, value = base.for_run(run).read_evaluation(run).headline
    return Score(f"test {name}", value.value, value.low, value.high, "test") if value else None


def _validation_score(manifest: Mapping[str, Any], history: list[dict[str, float]]) -> Score | None:
    """Return the measure by which the weights were chosen; while it trains, that of the newest epoch."""
    name = _curve_name(manifest, history)
    best = manifest.get("best") or (history[-1] if history else {})
    return Score(readable(name), best[name]) if name in best else None


def _curve_name(manifest: Mapping[str, Any], history: list[dict[str, float]]) -> str:
    wanted = (str(manifest.get("monitor", "")), "val_accuracy", "val_loss", "loss")
    return next((name for name in wanted if history and name in history[0]), "")


def _curve(manifest: Mapping[str, Any], history: list[dict[str, float]]) -> tuple[float, ...]:
    name = _curve_name(manifest, history)
    return tuple(row[name] for row in history if name)[-SHOWN_POINTS:]


def _with_process(row: RunRow, path: Path) -> RunRow:
    """Return a row whose status is what its process is: one that was killed could not write so."""
    if row.status != "running" or is_training(Run(path)):
        return row
    so_far = f"in epoch {row.epochs + 1}" if row.epochs else "before its first epoch was done"
    return replace(row, status="interrupted", about=f"Its process ended {so_far}. It can be gone on with.")


def is_training(run: Run) -> bool:
    """Say whether the process that trains a run is there: of its number, begun before the run was last written."""
    try:
        manifest = run.manifest
        began = psutil.Process(int(manifest["pid"])).create_time()
        written = datetime.fromisoformat(manifest["updated"]).timestamp()
        return bool(manifest["status"] == "running" and began <= written + 1)
    except (SaccadeError, psutil.Error, KeyError, ValueError):
        return False
