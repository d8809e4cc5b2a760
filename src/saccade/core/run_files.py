"""Run files: what is in the files of a run, and what helps when one is missing or damaged."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NotRequired, TypedDict, TypeVar

import numpy as np

from saccade.core.arrays import Array
from saccade.core.errors import RunError
from saccade.core.safe_json import parse_json
from saccade.core.shell_words import shell_word
from saccade.core.type_validation import checked

Parsed = TypeVar("Parsed")

LARGEST = 500_000_000
"""Bytes of a JSON file; ours are longest where they list many skipped files, and then have some megabytes."""


class Manifest(TypedDict):
    """run.json, what every run has and what training adds."""

    status: str
    pid: NotRequired[int]
    started: NotRequired[str]
    updated: NotRequired[str]
    seconds: NotRequired[float]
    monitor: NotRequired[str]
    best: NotRequired[dict[str, float]]
    budget: NotRequired[dict[str, Any]]
    until: NotRequired[dict[str, Any]]
    versions: NotRequired[dict[str, str]]
    precision: NotRequired[str]


class Data(TypedDict):
    """data.json, of images or of a table."""

    name: NotRequired[str]
    source: NotRequired[str]
    licence: NotRequired[str]
    content_hash: NotRequired[str]
    image_shape: NotRequired[tuple[int, int, int]]
    classes: NotRequired[list[str]]
    counts: NotRequired[dict[str, dict[str, int]]]
    rows: NotRequired[int]
    schema: NotRequired[dict[str, Any]]
    notes: NotRequired[list[str]]


class Results(TypedDict):
    """evaluation.json, what is asked of it without reading all of it."""

    when: NotRequired[str]
    accesses: NotRequired[int | list[dict[str, Any]]]
    split_hash: NotRequired[str]
    prevalence: NotRequired[float | None]
    metrics: NotRequired[dict[str, Any]]


class Fastest(TypedDict):
    """export/fastest.json, what is asked of it without reading all of it."""

    machine: str
    recommended: dict[str, str | None]


FORMS: dict[str, Any] = {
    "run.json": Manifest,
    "data.json": Data,
    "evaluation.json": Results,
    "parity.json": dict[str, dict[str, Any]],
    "fastest.json": Fastest,
}

COPY = "Put it back from a copy of the run"

HELP = {
    "run.json": "Move it away, then saccade train --resume {word} makes it anew",
    "recipe.yaml": f"{COPY}, or mend it in an editor: it has the settings of the training, a line each",
    "calibration.json": f"{COPY}, or move it away: the run then answers with the network's own probabilities",
    "threshold.json": "Move it away and choose a threshold again: saccade threshold {word} --max-alarms 10/1000",
    "reference_contributions.json": f"{COPY}, or move it away: reasons then come without what is usual for each column",
    "history.csv": f"{COPY}, or move it away: the run then has no learning curves",
    "audit.json": f"{COPY}, or move it away: reports then come without the audit",
    "evaluation.json": "Move it away and evaluate again (earlier openings of the test split are listed in it): "
    "saccade evaluate {word}",
    "predictions.csv": "Evaluate again: saccade evaluate {word}",
    "fastest.json": "Move it away and measure again: saccade export {word} --fastest",
    "parity.json": "Move it away and export again: saccade export {word}",
    "state.npz": "The network so far, {run}/model.keras, is usable as it is. To train from the start, make a new run: "
    "saccade train {recipe}",
}
"""By the name of a file in a run, what helps when it is damaged; for others, a copy."""

TRAINED = ("model.keras", "checkpoint/last.keras", "checkpoint/state.npz")
"""What training made; who still has one of them should not delete the folder."""


class Record(dict[str, Any]):
    """What a JSON file says; asked for an entry that it lacks, it says so, by the file's name."""

    def __init__(self, path: Path, entries: dict[str, Any]) -> None:
        super().__init__(entries)
        self._path = path

    def __missing__(self, name: str) -> Any:
        raise damaged(self._path, f"it says nothing of its {name}")


def read_json(path: Path) -> Record:
    """Return what a JSON file of a run says.

    Raises:
        RunError: it is missing or damaged; says what helps.
    """
    with interpreting(path):
        if not path.is_file() and not path.is_dir():
            raise missing(path)
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST / 1e6:g} MB")
        content = parse_json(path.read_bytes(), unique=True)
        if not isinstance(content, dict):
            raise ValueError("expected an object")
        return Record(path, checked(content, FORMS.get(path.name, dict[str, Any])))


def read_as(path: Path, parse: Callable[[Any], Parsed]) -> Parsed:
    """Return what a JSON file of a run says, as `parse` understands it; raises RunError as `read_json`."""
    content = read_json(path)
    with interpreting(path):
        return parse(content)


def read_arrays(path: Path) -> dict[str, Array]:
    """Return the arrays of a file by name."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def read_csv(path: Path, *columns: str) -> list[dict[str, str]]:
    """Return the rows of a table of the run; raises RunError when it is missing, damaged or lacks a column."""
    return list(csv_rows(path, *columns))


def csv_rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of the run, of which a million need not be held; raises as `read_csv`."""
    with interpreting(path):
        if not path.exists():
            raise missing(path)
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restval="")
            if not columns and len(reader.fieldnames or ()) < 2:
                raise ValueError("it is no table of several columns")
            lacking = [name for name in columns if name not in (reader.fieldnames or ())]
            if lacking:
                raise ValueError(f"it has no column '{lacking[0]}'")
            yield from reader


@contextmanager
def interpreting(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file of a run is read into one message that says what helps."""
    try:
        yield
    except RunError:
        raise
    except KeyError as error:
        raise damaged(path, f"it says nothing of its {error.args[0]}") from error
    except OSError as error:
        raise damaged(path, error.strerror or str(error)) from error
    except Exception as error:  # of JSON, CSV, archives, arrays and settings, each has its own
        raise damaged(path, str(error)) from error


def damaged(path: Path, reason: str) -> RunError:
    """Return the error for a file of a run that cannot be read."""
    run = _run(path)
    short = " ".join(reason.split())[:300].rstrip(".")
    helps = HELP.get(path.name, COPY).format(run=run, word=shell_word(run), recipe=shell_word(run / "recipe.yaml"))
    return RunError(f"{path} is damaged: {short}. {helps}.")


def missing(path: Path) -> RunError:
    """Return the error for a file of a run that is not there: never to delete what was trained."""
    run = _run(path)
    kept = [name for name in TRAINED if (run / name).exists() and run / name != path]
    if not kept and path.name not in map(_name, TRAINED):
        return RunError(
            f"{path} is missing: the run stopped before its training began, so nothing is lost. "
            f"Delete {run} and start again."
        )
    exported = run / "export" / "model.onnx"
    also = f" {exported} answers without it: saccade predict {shell_word(exported)}" if exported.is_file() else ""
    again = (
        f", or train a new run: saccade train {shell_word(run / 'recipe.yaml')}"
        if (run / "recipe.yaml").is_file()
        else ""
    )
    return RunError(
        f"{path} is missing. What was trained is still there ({', '.join(kept) or 'but for this file'}), so delete "
        f"nothing. {COPY}{again}.{also}"
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _run(path: Path) -> Path:
    """Return the folder of the run that a file is in."""
    return path.parent.parent if path.parent.name in {"checkpoint", "export"} else path.parent
