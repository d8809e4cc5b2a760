"""OpenedPaths: which files the browser may see: those in folders that a person opened, and no others."""

import json
from collections.abc import Sequence
from pathlib import Path

from saccade.core.atomic_files import write_text
from saccade.core.errors import DataError
from saccade.core.safe_json import parse_json

MOST = 200
"""Folders that are remembered; the oldest is forgotten first."""


class OpenedPaths:
    """What was opened, kept in a file so that a studio that is started again knows it."""

    def __init__(self, file: Path, *, always: Sequence[Path]) -> None:
        self._file, self._always = file, [path.resolve() for path in always]

    def add(self, path: Path) -> Path:
        """Open a file or folder because a person named it, and return it resolved; raises DataError where none is."""
        path = path.resolve()
        if not path.exists():
            raise DataError(f"{path} does not exist.")
        if not self.holds(path):
            kept = [each for each in self._kept() if each != path][1 - MOST :]
            write_text(self._file, json.dumps([str(each) for each in [*kept, path]], indent=1) + "\n")
        return path

    def holds(self, path: Path) -> bool:
        """Say whether a path, its links followed, lies in what was opened."""
        real = path.resolve()
        return any(real.is_relative_to(each) for each in (*self._always, *self._kept()))

    def check(self, path: Path) -> Path:
        """Return a path resolved; raises DataError when it lies outside of what was opened."""
        if not self.holds(path):
            raise DataError("This file is not in a folder that was opened here. Open its folder first.")
        return path.resolve()

    def within(self, folder: Path, name: str) -> Path:
        """Return a file in a folder by its name there, as addresses have it; raises DataError when it leads out."""
        path = (folder / name).resolve()
        if "\0" in name or not path.is_relative_to(folder.resolve()):
            raise DataError("This name leads out of its folder.")
        return path

    def _kept(self) -> list[Path]:
        try:
            found = parse_json(self._file.read_bytes())
        except (OSError, ValueError):  # none yet, or damaged: then the person opens it again
            return []
        return [Path(each) for each in found if isinstance(each, str)] if isinstance(found, list) else []
