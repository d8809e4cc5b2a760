"""RunRow: what a list of runs shows of one, read from its small files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.errors import SaccadeError, escaped
from saccade.core.naming import readable
from saccade.core.run import Run
from saccade.core.run_tags import RunTags
from saccade.core.safe_yaml import parse_yaml

FILES = ("run.json", "history.csv", "evaluation.json", "tags.json", "recipe.yaml")
"""What a row is made of: nothing large, nothing that needs Keras."""

SHOWN_POINTS = 60
SHOWN_SETTINGS = ("task", "data", "model")


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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "RunRow":
        """Return what `to_dict` described; raises KeyError, TypeError or ValueError where it did not."""
        score = content["score"]
        lists = {"curve": tuple(content["curve"]), "tags": tuple(content["tags"])}
        return cls(**{**content, **lists, "score": Score(**score) if score else None})

    @property
    def moment(self) -> float:
        """When it was started, for sorting; 0 where that is not known."""
        try:
            return datetime.fromisoformat(self.started).timestamp()
        except ValueError:
            return 0.0


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
            score=_test_score(run, settings["task"]) or _validation_score(run, manifest, history),
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
        lines = list(_lines_of(path / "recipe.yaml", SHOWN_SETTINGS))
        found = _plainly(lines) or parse_yaml("\n".join(lines))
    except (OSError, ValueError):
        found = None
    known = found if isinstance(found, dict) else {}
    model = known.get("model", "")
    named = {name: str(known.get(name, "")) for name in ("task", "data")}
    return {**named, "model": str(model.get("name", "")) if isinstance(model, dict) else str(model)}


_PLAIN = re.compile(r"(  )?([a-z_]+): ([\w./][\w./ -]*)?")
"""A line of a recipe that says the same with and without the rules of YAML."""

_NOT_TEXTS = re.compile(r"[-+.\d].*|true|false|yes|no|on|off|y|n|null", re.IGNORECASE)


def _plainly(lines: Sequence[str]) -> dict[str, Any]:
    """Return what the lines say where that needs no rules of YAML, and nothing otherwise: it takes a tenth as long."""
    found: dict[str, Any] = {}
    for line in lines:
        if line == "model:":
            found["model"] = {}
        elif not line.startswith("  ") or line.startswith("  name:"):
            known = _PLAIN.fullmatch(line.rstrip())
            if known is None or not known[3] or _NOT_TEXTS.fullmatch(known[3]):
                return {}
            (found.get("model", {}) if known[1] else found)[known[2]] = known[3]
    return found


def _lines_of(file: Path, settings: Sequence[str]) -> Iterator[str]:
    """Yield the lines of some settings: to understand all of a recipe takes ten times as long."""
    wanted = False
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith((" ", "-", "#")):
            wanted = line.partition(":")[0] in settings
        if wanted:
            yield line


def _test_score(run: Run, task: str) -> Score | None:
    """Return the headline of the test split, once that was opened."""
    from saccade.tasks import base

    if not run.has_evaluation:
        return None
    name, value = base.named(task, run.modality).read_evaluation(run).headline
    return Score(f"test {name}", value.value, value.low, value.high, "test") if value else None


def _validation_score(run: Run, manifest: Mapping[str, Any], history: list[dict[str, float]]) -> Score | None:
    """Return the measure by which the weights were chosen; while it trains, that of the newest epoch."""
    name = _curve_name(manifest, history)
    best = manifest.get("best") or (history[-1] if history else {})
    if name not in best:
        return None
    interval = _interval(best[name], run) if name == "val_accuracy" else (None, None)
    return Score(readable(name), best[name], *interval)


def _interval(share: float, run: Run) -> tuple[float | None, float | None]:
    """Return the 95% interval of a share of the validation inputs; it was looked at to choose, so it flatters."""
    from saccade.core.intervals import wilson

    count = sum(run.data.get("counts", {}).get("validation", {}).values())
    found = wilson(np.array([round(share * count)]), np.array([count]))[0]
    return found.low, found.high


def _curve_name(manifest: Mapping[str, Any], history: list[dict[str, float]]) -> str:
    wanted = (str(manifest.get("monitor", "")), "val_accuracy", "val_loss", "loss")
    return next((name for name in wanted if history and name in history[0]), "")


def _curve(manifest: Mapping[str, Any], history: list[dict[str, float]]) -> tuple[float, ...]:
    name = _curve_name(manifest, history)
    values = [row[name] for row in history if name]
    step = max(1, -(-len(values) // SHOWN_POINTS))
    return tuple(values[::-step][::-1])  # the newest is always among them
