"""RunFolder: the folder of a run claimed, opened, and held by one process; its state and its settings."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
from filelock import FileLock, Timeout

from saccade.core import recipe as recipes
from saccade.core.atomic_files import remove_temporary, removed_on_failure
from saccade.core.errors import RunError
from saccade.core.recipe import Recipe
from saccade.core.run_files import interpreting, missing, read_json
from saccade.core.run_writing import clear_disk_errors, write_json, write_text
from saccade.core.shell_words import shell_word

Parsed = TypeVar("Parsed")

_RUNS = "A run is what `saccade train` leaves under runs/; those that are there: saccade list runs."


class RunFolder:
    """A folder that holds a run.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._read: dict[Path, tuple[tuple[int, int], Any]] = {}

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _once(self, path: Path, read: Callable[[Path], Parsed]) -> Parsed:
        """Return what `read` makes of a file; again only when the file has changed since."""
        stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)
        if self._read.get(path, (None, None))[0] != stamp:
            self._read[path] = stamp, read(path)
        found: Parsed = self._read[path][1]
        return found

    # Starting and opening

    @classmethod
    def create(cls, recipe: Recipe, *, runs: Path = Path("runs"), folder: Path | None = None, **entries: Any) -> Self:
        """Return a new, empty run: `runs/<name>-<n>` with the next free number, or exactly `folder`.

        Making the folder is what claims it, so two trainings that start at once get two folders. Further entries of
        run.json are written with its first.

        Raises:
            RunError: `folder` exists already, or nothing can be written there.
        """
        if not folder:
            refuse_file(runs)
        with clear_disk_errors(folder or runs):
            path = _claim(folder) if folder else _claim_next(runs, recipe.name)
        run = cls(path)
        with removed_on_failure(run.path):
            run.write_manifest(status="running", started=_now(), **entries)
            run.write_recipe(recipe)
        return run

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return an existing run; raises RunError when the folder is not one."""
        run = cls(path)
        if not run._manifest_file.is_file():
            raise run._no_manifest()
        return run

    @classmethod
    def open_to_resume(cls, path: str | Path) -> Self:
        """Return an existing run, whose run.json is made anew when only that is missing; raises RunError as `open`."""
        run = cls(path)
        if not run._manifest_file.exists() and run._can_resume:
            began = datetime.fromtimestamp((run.path / "recipe.yaml").stat().st_mtime, UTC)
            run.write_manifest(status="interrupted", started=began.isoformat(timespec="seconds"))
        return cls.open(path)

    @property
    def _can_resume(self) -> bool:
        needed = (self.path / "recipe.yaml", self.path / "data.json", self.path / "split.csv", self.checkpoint_path)
        return all(file.is_file() for file in needed)

    def _no_manifest(self) -> RunError:
        """Return why a folder cannot be opened, and what helps."""
        if not self.path.exists():
            return RunError(f"{self.path} does not exist. {_RUNS}")
        if self._can_resume:
            return RunError(
                f"{self._manifest_file} is missing; all else that was trained is there, so delete nothing. Make it "
                f"anew with: saccade train --resume {shell_word(self.path)}"
            )
        if self.model_path.exists() or self.checkpoint_path.exists():
            return missing(self._manifest_file)
        return RunError(f"{self.path} is not a run folder (it has no run.json). {_RUNS}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for one process, without what a killed one left; raises RunError when another trains in it."""
        with clear_disk_errors(self.path):
            lock = FileLock(self.path / ".lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                raise RunError(f"Another process is training in {self.path}. Wait for it, or stop it first.") from None
        try:
            with clear_disk_errors(self.path):
                remove_temporary(self.path, is_alive=psutil.pid_exists)
            yield
        finally:
            lock.release()

    # What it says of itself

    @property
    def has_manifest(self) -> bool:
        """Whether it was begun."""
        return self._manifest_file.is_file()

    @property
    def knows_its_data(self) -> bool:
        """Whether its settings, data and splits were written, so that it can be gone on with."""
        return self.has_manifest and all((self.path / name).is_file() for name in ("recipe.yaml", "split.csv"))

    @property
    def manifest(self) -> dict[str, Any]:
        """run.json: status ("running", "interrupted", "failed", "finished"), times, versions, results."""
        return read_json(self._manifest_file)

    def write_manifest(self, **entries: Any) -> None:
        """Add entries to run.json."""
        known = read_json(self._manifest_file) if self._manifest_file.exists() else {}
        if entries.get("status") == "running":
            entries["pid"] = os.getpid()  # also of who goes on with it
        write_json(self._manifest_file, {**known, **entries, "updated": _now()})

    @property
    def recipe(self) -> Recipe:
        """The resolved settings."""
        return self._once(self.path / "recipe.yaml", _read_recipe)

    def write_recipe(self, recipe: Recipe) -> None:
        """Write every setting, so that `saccade train RUN/recipe.yaml` repeats the run."""
        # corrected labels are those that the run keeps: the user goes on editing the file they came from
        own = {"overrides": str(self.overrides_path.resolve())} if getattr(recipe, "overrides", None) else {}
        write_text(self.path / "recipe.yaml", recipe.changed(**own).to_yaml())

    # Where things are

    @property
    def model_path(self) -> Path:
        """The best model by the validation metric, in float32: raw pixels in, answers out."""
        return self.path / "model.keras"

    @property
    def last_model_path(self) -> Path:
        """The model after the last epoch."""
        return self.path / "checkpoint" / "last.keras"

    @property
    def checkpoint_path(self) -> Path:
        """Everything that training needs to go on exactly where it was."""
        return self.path / "checkpoint" / "state.npz"

    @property
    def overrides_path(self) -> Path:
        """The corrected labels that the run was trained with; there is no such file when there were none."""
        return self.path / "overrides.csv"

    @property
    def _manifest_file(self) -> Path:
        return self.path / "run.json"


def refuse_file(runs: Path) -> None:
    """Raise RunError where the folder of runs is a file."""
    if runs.exists() and not runs.is_dir():
        raise RunError(f"{runs} is a file, so no runs can be in it. Name a folder with --runs; it need not exist yet.")


def _claim(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        is_run = (folder / "run.json").exists() or (folder / "recipe.yaml").exists()
        go_on = f", or go on with it: saccade train --resume {shell_word(folder)}" if is_run else ""
        raise RunError(f"{folder} exists already. Choose another --run{go_on}.") from None
    return folder


def _claim_next(runs: Path, name: str) -> Path:
    runs.mkdir(parents=True, exist_ok=True)
    number = 1 + max((_number(path.name, name) for path in runs.glob(f"{name}-*")), default=0)
    while True:
        path = runs / f"{name}-{number}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _number(folder: str, name: str) -> int:
    tail = folder.removeprefix(f"{name}-")
    return int(tail) if tail.isdecimal() else 0


def _read_recipe(path: Path) -> Recipe:
    if not path.exists():
        raise missing(path)
    with interpreting(path):
        recipe: Recipe = recipes.read(path)
        return recipe


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
