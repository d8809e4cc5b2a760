"""Tracker: what writes down a training elsewhere; one a training, all of whose calls come from one thread, in turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Ending = Literal["finished", "interrupted", "failed"]

PROJECT = "saccade"
"""What runs are filed under where the environment names nothing else."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A training that begins, or goes on.

    Attributes:
        name: of the run's folder.
        known: what the tracker calls it, where it was tracked before it was interrupted; else "".
        settings: of the recipe, dotted names.
        tags: task, modality, data, version, where the run lies: short texts.
    """

    name: str
    known: str
    settings: Mapping[str, Any]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a training ended.

    Attributes:
        how: "finished", "interrupted" (it may go on), or "failed".
        scores: best epoch and evaluation: "best/val_accuracy", "test/accuracy", "test/accuracy_low" …
        files: to be kept with it: model.onnx, the report.
    """

    how: Ending
    scores: Mapping[str, float] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


class Tracker(Protocol):
    """What writes down one training. Whatever it raises ends the tracking, and nothing else."""

    def __init__(self, place: str) -> None:
        """Know where to write: "" is where its own environment variables say, else below the present folder."""

    def begin(self, begun: Begun) -> str:
        """Open a run, or the known one again; return what the tracker calls it."""
        ...

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write the results of an epoch, `step` from 1."""
        ...

    def end(self, ended: Ended) -> None:
        """Write how it ended and close the run."""
        ...

    @property
    def where(self) -> str:
        """Where it was written and how to look at it, in a sentence."""
        ...
