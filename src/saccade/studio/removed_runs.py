"""RemovedRuns: runs that a person took out of the list; they are kept until somebody wants them back."""

import os
import re
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.studio.run_rows import is_training


@dataclass(frozen=True)
class RemovedRun:
    """A run that was removed.

    Attributes:
        key: under which it is found: the time of the removal, and its name.
        name: that it had.
        when: ISO 8601.
        bytes: on the disk.
    """

    key: str
    name: str
    when: str
    bytes: int


class RemovedRuns:
    """The folder of removed runs; on the disk of the others, so that a run moves there in one step."""

    def __init__(self, folder: Path, *, runs: Path) -> None:
        self._folder, self._runs = folder, runs

    def remove(self, name: str) -> str:
        """Take a run out of the list, and return its key; raises RunError where it is missing, or trains."""
        path = self._runs / name
        if not path.is_dir():
            raise RunError(f"There is no run '{name}' any more.")
        if is_training(Run(path)):
            raise RunError(f"{name} is being trained. Stop it first.")
        self._folder.mkdir(parents=True, exist_ok=True)
        key = f"{time.time_ns()}-{name}"
        path.rename(self._folder / key)
        return key

    def restore(self, key: str) -> str:
        """Put a run back, and return its name: another number where its own was given to a newer run meanwhile."""
        path = self._path(key)
        name = _name(key)
        while (self._runs / name).exists():
            name = _next(name)
        path.rename(self._runs / name)
        return name

    def destroy(self, key: str) -> None:
        """Remove a run from the disk, for good."""
        shutil.rmtree(self._path(key))

    def all(self) -> list[RemovedRun]:
        """Return what was removed, the newest first."""
        found = sorted(self._folder.iterdir(), reverse=True) if self._folder.is_dir() else []
        return [_removed(path) for path in found if _KEY.fullmatch(path.name)]

    def _path(self, key: str) -> Path:
        path = self._folder / key
        if not _KEY.fullmatch(key) or not path.is_dir():
            raise RunError("This run is not among the removed ones any more.")
        return path


_KEY = re.compile(r"\d{15,20}-[^/\\\0]+")


def _name(key: str) -> str:
    return key.partition("-")[2]


def _next(name: str) -> str:
    stem, dash, number = name.rpartition("-")
    return f"{stem}-{int(number) + 1}" if dash and number.isdecimal() else f"{name}-2"


def _removed(path: Path) -> RemovedRun:
    when = datetime.fromtimestamp(int(path.name.partition("-")[0]) / 1e9, UTC).isoformat(timespec="seconds")
    return RemovedRun(path.name, _name(path.name), when, _size(path))


def _size(folder: Path) -> int:
    return sum(os.lstat(Path(place) / name).st_size for place, _, names in os.walk(folder) for name in names)
