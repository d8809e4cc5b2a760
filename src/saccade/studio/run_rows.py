"""RunRows: all runs of a folder in a few words each; a file is read again only when it has changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import psutil

from saccade.core.errors import SaccadeError
from saccade.core.run import Run
from saccade.studio.run_row import FILES, RunRow, read_row


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
        process = psutil.Process(int(manifest["pid"]))
        written = datetime.fromisoformat(manifest["updated"]).timestamp()
        is_its = process.create_time() <= written + 1 and process.status() != psutil.STATUS_ZOMBIE
        return bool(is_its and manifest["status"] == "running")
    except (SaccadeError, psutil.Error, KeyError, ValueError):
        return False
