"""Job: a command of Saccade that runs beside the studio, as its folder tells it: whoever looks reads the same."""

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from saccade.core.atomic_files import write_text
from saccade.core.safe_json import parse_json

QUEUED, RUNNING, FINISHED, FAILED = "queued", "running", "finished", "failed"
STOPPED, KILLED, CANCELLED = "stopped", "killed", "cancelled"
"""stopped: on request; killed: its process is gone and did not say why; cancelled: it was never started."""

ENDED = frozenset([FINISHED, FAILED, STOPPED, KILLED, CANCELLED])

STATES_BY_EXIT = {0: FINISHED, 130: STOPPED}
"""See `saccade.cli.run`; everything else is a failure."""

LARGEST_ERRORS = 20_000
"""Bytes at the end of what a job wrote to standard error."""

SAME_START = 2.0
"""Seconds between two readings of when a process began; another process with its number began later."""


@dataclass(frozen=True)
class Order:
    """What is to be done.

    Attributes:
        kind: "train", "check", "evaluate" …, for those who look for theirs.
        title: what a person calls it.
        arguments: of the command: ("train", "digits", "epochs=3"). `--json` is up to who orders.
        lane: jobs of one lane are done one after the other: "training", or "other" for what is quick.
        run: the name of the run that it works on, "" where it makes one.
        form: what was typed, so that it can be typed again differently.
        added: the time of the order, ISO 8601.
    """

    kind: str
    title: str
    arguments: tuple[str, ...]
    lane: str = "training"
    run: str = ""
    form: Mapping[str, str] | None = None
    added: str = ""


class Job:
    """An order and how far it has come.

    In its folder lie job.json (the order), process.json (written by its process when it begins), events.jsonl (what
    it printed), errors.txt (what it wrote to standard error), stop.json (somebody wants it to stop) and ended.json
    (its exit status, written last).

    Attributes:
        path: its folder, whose name is its number.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._final = ""
        self._heard: tuple[int, list[dict[str, Any]]] = (0, [])

    @property
    def name(self) -> str:
        """Its number, of digits; a later job has a larger one."""
        return self.path.name

    @cached_property
    def order(self) -> Order:
        """What is to be done."""
        content = _read(self.path / "job.json")
        return Order(**{**content, "arguments": tuple(content["arguments"])})

    @classmethod
    def create(cls, path: Path, order: Order) -> "Job":
        """Return a new job, its order written."""
        write_text(path / "job.json", json.dumps(asdict(order), indent=1, ensure_ascii=False) + "\n")
        return cls(path)

    @property
    def state(self) -> str:
        """How far it is: one of the words at the top of this module."""
        if not self._final:
            state = self._state()
            self._final = state if state in ENDED else ""
            return state
        return self._final

    def _state(self) -> str:
        # in this order: one that begins meanwhile still waits, and one that ends meanwhile has written ended.json
        begun = (self.path / "process.json").exists()
        alive = self.process is not None
        if ended := _read(self.path / "ended.json"):
            return CANCELLED if ended["exit"] is None else STATES_BY_EXIT.get(ended["exit"], FAILED)
        if not begun:
            return QUEUED
        return RUNNING if alive else KILLED

    @property
    def process(self) -> psutil.Process | None:
        """Its process; None before it began and when it is gone."""
        known = _read(self.path / "process.json")
        try:
            found = psutil.Process(known["pid"])
            same = abs(found.create_time() - known["created"]) < SAME_START
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except (KeyError, psutil.Error):
            return None

    @property
    def stopping(self) -> bool:
        """Whether somebody wants it to stop, and it has not yet."""
        return (self.path / "stop.json").exists() and self.state == RUNNING

    def stop(self, *, at_once: bool = False) -> None:
        """Ask it to stop as Ctrl-C does, so that what it made can be gone on with; `at_once` kills it."""
        write_text(self.path / "stop.json", "{}\n")
        if not (self.path / "process.json").exists():
            self.write_ended(None)
        elif process := self.process:
            process.kill() if at_once else process.send_signal(_interrupt())

    def write_ended(self, exit_status: int | None) -> None:
        """Write how it ended; None: it was never started."""
        write_text(self.path / "ended.json", json.dumps({"exit": exit_status}) + "\n")

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it printed: one object a line, each with its "event" where the command says so; only whole lines."""
        path = self.path / "events.jsonl"
        size = path.stat().st_size if path.exists() else 0
        if size != self._heard[0]:
            lines = path.read_bytes().rpartition(b"\n")[0].splitlines()
            self._heard = size, [each for line in lines if (each := _parsed(line))]
        return self._heard[1]

    def events_of(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one kind, "epoch" or "note"."""
        return [each for each in self.events if each.get("event") == name]

    @property
    def errors(self) -> str:
        """What it wrote to standard error, the end of it."""
        path = self.path / "errors.txt"
        return path.read_bytes()[-LARGEST_ERRORS:].decode(errors="replace").strip() if path.exists() else ""

    @property
    def message(self) -> str:
        """The sentence with which the command ended, as the command line says it; "" where it said none."""
        begin = self.errors.rfind("Error: ")
        return self.errors[begin:].removeprefix("Error: ") if begin >= 0 else self.errors

    @property
    def run(self) -> str:
        """The name of the run that it makes or works on; "" while that is not known."""
        plans = [each["run"] for each in self.events if each.get("event") in {"plan", "finished"} and each.get("run")]
        if self.order.run or not plans:
            return self.order.run
        return _run_name(Path(plans[0]))


def _run_name(path: Path) -> str:
    """Return the name of a run, also of one whose contender or stage is being trained."""
    for parent in (path, *path.parents):
        if parent.name in {"contenders", "stages"}:
            path = parent.parent
    return path.name


def _read(path: Path) -> dict[str, Any]:
    """Return what a file of a job says; nothing where it is not there (yet) or a disk that was full cut it."""
    try:
        return _parsed(path.read_bytes())
    except OSError:
        return {}


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = parse_json(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _interrupt() -> int:
    if sys.platform == "win32":
        return signal.CTRL_BREAK_EVENT
    return signal.SIGINT
