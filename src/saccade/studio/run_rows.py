"""RunRows: all runs of a folder in a few words each; a file is read again only when it has changed."""

import json
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import psutil

from saccade.core.atomic_files import write_text
from saccade.core.errors import DataError, SaccadeError
from saccade.core.run import Run
from saccade.core.safe_json import parse_json
from saccade.core.version import __version__
from saccade.studio.run_row import FILES, RunRow, read_row


@dataclass
class RunRows:
    """The rows of a folder of runs; remembers what it read.

    Attributes:
        folder: of the runs.
        memory: a file in which the rows are kept for the next start; None: nowhere. It may be deleted.
        reads: how many files were read so far.
    """

    folder: Path
    memory: Path | None = None
    reads: int = 0
    _reading: bool = False
    _known: dict[str, tuple[tuple[int, ...], RunRow]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known |= _remembered(self.memory)

    def all(self) -> list[RunRow]:
        """Return a row a run, the newest first."""
        before = self.reads
        rows = _newest_first(map(self._row, self._paths()))
        if self.memory and self.reads > before:
            kept = {name: [stamp, row.to_dict()] for name, (stamp, row) in list(self._known.items())}
            with suppress(DataError):  # a full disk: then it is read again
                write_text(self.memory, json.dumps({"version": __version__, "rows": kept}))
        return rows

    def soon(self, *, within: float) -> tuple[list[RunRow], int]:
        """Return what can be read within some seconds, those that were changed last first, and how many are left.

        A thread reads the others, after which `stamp` is another one.
        """
        paths = sorted(self._paths(), key=lambda path: -_changed(path / "run.json"))
        until, rows = time.monotonic() + within, list[RunRow]()
        for path in paths:
            if time.monotonic() > until and path.name not in self._known:
                self._read_the_rest()
                return _newest_first(rows), len(paths) - len(rows)
            rows.append(self._row(path))
        return (self.all() if not self._reading else _newest_first(rows)), 0

    def _read_the_rest(self) -> None:
        if not self._reading:
            self._reading = True
            threading.Thread(target=self._read_all, daemon=True).start()

    def _read_all(self) -> None:
        try:
            self.all()
        finally:
            self._reading = False

    def get(self, name: str) -> RunRow:
        """Return the row of one run."""
        return self._row(self.folder / name)

    @property
    def stamp(self) -> str:
        """A text that changes when a run is added, removed or changed."""
        stamps = sorted((path.name, _stamp(path)) for path in self._paths())
        return f"{hash((self._reading, *stamps)) & 0xFFFFFFFFFFFF:x}"

    def _paths(self) -> Iterable[Path]:
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path for path in found if not path.name.startswith(".") and _is_run(path)]

    def _row(self, path: Path) -> RunRow:
        stamp = _stamp(path)
        known = self._known.get(path.name)
        if known is None or known[0] != stamp:
            self.reads += sum(1 for part in stamp if part)
            known = self._known[path.name] = (stamp, read_row(path))
        return _with_process(known[1], path)


def _newest_first(rows: Iterable[RunRow]) -> list[RunRow]:
    return sorted(rows, key=lambda row: (-row.moment, row.name))


def _remembered(file: Path | None) -> dict[str, tuple[tuple[int, ...], RunRow]]:
    """Return the rows that an earlier studio of the same version kept; none where they cannot be read."""
    try:
        kept = parse_json(file.read_bytes()) if file else {}
        rows = kept["rows"].items() if kept.get("version") == __version__ else ()
        return {name: (tuple(stamp), RunRow.from_dict(row)) for name, (stamp, row) in rows}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


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
