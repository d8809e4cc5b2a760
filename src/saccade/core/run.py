"""Run: one folder with everything in it. The only file that knows a file name inside it."""

import csv
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import psutil
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from saccade.core import recipe as recipes
from saccade.core.artifact import Artifact
from saccade.core.atomic_files import remove_temporary, write_whole, write_whole_folder
from saccade.core.errors import RunError
from saccade.core.recipe import Recipe
from saccade.core.run_files import interpreting, missing, read_as, read_json
from saccade.core.typed import checked

Parsed = TypeVar("Parsed")
Kept = TypeVar("Kept", bound=Artifact)

if TYPE_CHECKING:
    from saccade.modalities.images.dataset import Override


class Run:
    """A run folder: settings, data record, weights, history, evaluation.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    # Starting and opening

    @classmethod
    def create(cls, recipe: Recipe, *, runs: Path = Path("runs"), folder: Path | None = None, **entries: Any) -> "Run":
        """Return a new, empty run: `runs/<name>-<n>` with the next free number, or exactly `folder`.

        Making the folder is what claims it, so two trainings that start at once get two folders. Further entries of
        run.json are written with its first.

        Raises:
            RunError: `folder` exists already, or nothing can be written there.
        """
        with _clear_disk_errors(folder or runs):
            path = _claim(folder) if folder else _claim_next(runs, recipe.name)
        run = cls(path)
        with run.given_up_on_failure():
            run.write_manifest(status="running", started=_now(), pid=os.getpid(), **entries)
            run.write_recipe(recipe)
        return run

    @contextmanager
    def given_up_on_failure(self) -> Iterator[None]:
        """Remove the folder when something fails while it holds no work yet, so that no half-made run stays."""
        try:
            yield
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """Return an existing run; raises RunError when the folder is not one."""
        run = cls(path)
        if not run._manifest_file.is_file():
            raise run._no_manifest()
        return run

    @classmethod
    def open_to_resume(cls, path: str | Path) -> "Run":
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
            return RunError(f"{self.path} does not exist. A run is what `saccade train` leaves under runs/.")
        if self._can_resume:
            return RunError(
                f"{self._manifest_file} is missing; all else that was trained is there, so delete nothing. Make it "
                f"anew with: saccade train --resume {self.path}"
            )
        if self.model_path.exists() or self.checkpoint_path.exists():
            return missing(self._manifest_file)
        return RunError(
            f"{self.path} is not a run folder (it has no run.json). A run is what `saccade train` leaves under runs/."
        )

    @classmethod
    def all_in(cls, folder: Path) -> Iterator["Run"]:
        """Yield the runs in a folder, in the order of their names."""
        yield from (cls(path.parent) for path in sorted(folder.glob("*/run.json")))

    def siblings(self) -> Iterator["Run"]:
        """Yield the other runs of the same folder that were evaluated, in the order of their names."""
        for path in sorted(self.path.absolute().parent.iterdir()):
            if path != self.path.absolute() and (path / "run.json").is_file() and (path / "evaluation.json").is_file():
                other = Run(self.path.parent / path.name)
                with suppress(RunError):  # one that is damaged is no matter to the others
                    _ = other.recipe, other.evaluation, other.predictions
                    yield other

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for one process, without what a killed one left; raises RunError when another trains in it."""
        with _clear_disk_errors(self.path):
            lock = FileLock(self.path / ".lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                raise RunError(f"Another process is training in {self.path}. Wait for it, or stop it first.") from None
        try:
            with _clear_disk_errors(self.path):
                remove_temporary(self.path, is_alive=psutil.pid_exists)
            yield
        finally:
            lock.release()

    # Contenders: ways to train that are tried in a folder of their own, of which one becomes the run

    def contender_path(self, name: str) -> Path:
        """Return the folder of the run of a contender."""
        return self.path / "contenders" / name

    def adopt(self, other: "Run", *, for_now: bool = False) -> None:
        """Become another run, which was trained on the same splits; the recipe comes last, and not `for_now`."""
        kept = {"run.json", "recipe.yaml", "split.csv", "audit.json", "overrides.csv"}
        for path in sorted(other.path.rglob("*")):
            name = path.relative_to(other.path)
            if path.is_file() and str(name) not in kept and not name.name.startswith("."):
                self._replace(self.path / name, partial(shutil.copyfile, path))
        if not for_now:
            self.write_recipe(other.recipe.changed(name=self.recipe.name))

    def drop_contenders(self) -> None:
        """Remove what was only tried."""
        shutil.rmtree(self.path / "contenders", ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder, which holds no work."""
        shutil.rmtree(self.path, ignore_errors=True)

    # What it says of itself

    @property
    def has_manifest(self) -> bool:
        """Whether it was begun."""
        return self._manifest_file.is_file()

    @property
    def has_recipe(self) -> bool:
        """Whether its settings and its data were written, so that it can be gone on with."""
        return self.has_manifest and (self.path / "recipe.yaml").is_file() and (self.path / "split.csv").is_file()

    @property
    def manifest(self) -> dict[str, Any]:
        """run.json: status ("running", "interrupted", "failed", "finished"), times, versions, results."""
        return read_json(self._manifest_file)

    def write_manifest(self, **entries: Any) -> None:
        """Add entries to run.json."""
        known = read_json(self._manifest_file) if self._manifest_file.exists() else {}
        self._write_json(self._manifest_file, {**known, **entries, "updated": _now()})

    @property
    def recipe(self) -> Recipe:
        """The resolved settings."""
        path = self.path / "recipe.yaml"
        if not path.exists():
            raise missing(path)
        with interpreting(path):
            recipe: Recipe = recipes.read(path)
            return recipe

    def write_recipe(self, recipe: Recipe) -> None:
        """Write every setting, so that `saccade train RUN/recipe.yaml` repeats the run."""
        # corrected labels are those that the run keeps: the user goes on editing the file they came from
        own = {"overrides": str(self.overrides_path.resolve())} if getattr(recipe, "overrides", None) else {}
        self._write_text(self.path / "recipe.yaml", recipe.changed(**own).to_yaml())

    # Data

    @property
    def data(self) -> dict[str, Any]:
        """data.json: name, source, classes, counts, image_shape, content_hash, skipped_items, notes, licence."""
        return read_json(self.path / "data.json")

    @property
    def modality(self) -> str:
        """What goes in: "images", "tables"; raises RunError where data.json does not say."""
        return read_as(self.path / "data.json", _modality)

    def write_data(self, record: Mapping[str, Any]) -> None:
        """Write where the data came from and what is in them."""
        self._write_json(self.path / "data.json", dict(record))

    @property
    def audit(self) -> dict[str, Any]:
        """audit.json: what was wrong with the data; raises RunError when it was trained without a check."""
        if not self.has_audit:
            raise RunError(f"{self.path} was trained without an audit. Try: saccade check DATA")
        return read_json(self.path / "audit.json")

    @property
    def has_audit(self) -> bool:
        """Whether its data were checked before training."""
        return (self.path / "audit.json").exists()

    def write_audit(self, record: Mapping[str, Any]) -> None:
        """Write what was wrong with the data, and what was looked at."""
        self._write_json(self.path / "audit.json", dict(record))

    def write_split(self, rows: Iterable[Sequence[object]]) -> None:
        """Write who is in which split, and why: (name, class, split, reason) a row."""
        self._write_csv(self.path / "split.csv", ("name", "class", "split", "reason"), rows)

    @property
    def split(self) -> dict[str, str]:
        """Part of each row by its name, as it was when the run was trained."""
        return {row["name"]: row["split"] for row in _read_csv(self.path / "split.csv", "name", "split")}

    @property
    def overrides_path(self) -> Path:
        """The corrected labels that the run was trained with; there is no such file when there were none."""
        return self.path / "overrides.csv"

    def write_overrides(self, overrides: Iterable["Override"]) -> None:
        """Keep the corrected labels."""
        self._write_csv(self.overrides_path, ("path", "old", "new"), map(astuple, overrides))

    # Weights

    @property
    def model_path(self) -> Path:
        """The best model by the validation metric, in float32: raw pixels in, answers out."""
        return self.path / "model.keras"

    def no_network(self) -> RunError:
        """Return the error for a run without model.keras, with what helps."""
        if self.last_model_path.exists():
            return RunError(
                f"{self.model_path} is missing. The network after the last epoch is there: copy "
                f"{self.last_model_path} to {self.model_path}. Or train on from the last checkpoint: saccade train "
                f"--resume {self.path}"
            )
        if self.checkpoint_path.exists() or not self.history:
            return RunError(
                f"{self.path} has no network yet: its training stopped before the first epoch was done. "
                f"Try: saccade train --resume {self.path}"
            )
        return missing(self.model_path)

    @property
    def last_model_path(self) -> Path:
        """The model after the last epoch."""
        return self.path / "checkpoint" / "last.keras"

    def save_model(self, save: Callable[[Path], None], *, last: bool = False) -> None:
        """Write a model through `save(temporary_path)`, then rename."""
        self._replace(self.last_model_path if last else self.model_path, save)

    @property
    def checkpoint_path(self) -> Path:
        """Everything that training needs to go on exactly where it was."""
        return self.path / "checkpoint" / "state.npz"

    def no_checkpoint(self) -> RunError:
        """Return the error for a run that has a network but cannot go on, with what helps."""
        return RunError(
            f"{self.checkpoint_path} is missing, so training cannot go on where it was. {self.model_path} is usable as "
            f"it is; to train from the start, make a new run: saccade train {self.path / 'recipe.yaml'}"
        )

    def save_checkpoint(self, save: Callable[[Path], None]) -> None:
        """Write the training state through `save(temporary_path)`, then rename."""
        self._replace(self.checkpoint_path, save)

    @property
    def tensorboard_path(self) -> Path:
        """TensorBoard's event files."""
        return self.path / "tensorboard"

    # Results

    def load(self, kind: type[Kept]) -> Kept | None:
        """Return what a task keeps of a kind: `run.load(Threshold)`; None where there is none.

        Raises:
            RunError: the file is damaged.
        """
        path = self.path / kind.FILE
        if not path.exists():
            return None
        if path.suffix == ".npz":
            with interpreting(path):
                return kind.from_dict(_read_arrays(path))
        return read_as(path, kind.from_dict)

    def save(self, artifact: Artifact) -> None:
        """Write what a task keeps of the run: its threshold, say."""
        write = self._write_arrays if artifact.FILE.endswith(".npz") else self._write_json
        write(self.path / artifact.FILE, artifact.to_dict())

    @property
    def history(self) -> list[dict[str, float]]:
        """One row an epoch: epoch (from 1), seconds, loss, metrics, val_ metrics; empty before the first."""
        path = self.path / "history.csv"
        if not path.exists():
            return []
        with interpreting(path):
            return [{key: float(value) for key, value in row.items()} for row in _read_csv(path, "epoch")]

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Write all epochs so far."""
        header = tuple(rows[0]) if rows else ("epoch",)
        # a resumed run read its epochs back as numbers with a point: write all alike
        values = [[int(row[key]) if key == "epoch" else row[key] for key in header] for row in rows]
        self._write_csv(self.path / "history.csv", header, values)

    @property
    def evaluation(self) -> dict[str, Any]:
        """evaluation.json; raises RunError before `saccade evaluate`."""
        return read_json(self._evaluated("evaluation.json"))

    @property
    def has_evaluation(self) -> bool:
        """Whether its test split was ever opened."""
        return (self.path / "evaluation.json").exists()

    def read_evaluation(self, parse: Callable[[Mapping[str, Any]], Parsed]) -> Parsed:
        """Return evaluation.json as `parse` understands it; raises RunError also when it does not."""
        return read_as(self._evaluated("evaluation.json"), parse)

    def read_audit(self, parse: Callable[[Mapping[str, Any]], Parsed]) -> Parsed | None:
        """Return audit.json as `parse` understands it, None when the run has none; raises RunError when it does not."""
        return read_as(self.path / "audit.json", parse) if self.has_audit else None

    def _evaluated(self, name: str) -> Path:
        path = self.path / name
        if not path.exists():
            raise RunError(f"{self.path} has not been evaluated. Try: saccade evaluate {self.path}")
        return path

    def write_evaluation(self, record: Mapping[str, Any]) -> None:
        """Write the sealed test's numbers with their intervals."""
        self._write_json(self.path / "evaluation.json", dict(record))

    @property
    def predictions(self) -> list[dict[str, str]]:
        """predictions.csv: name, true, predicted, probability a test image; raises RunError before evaluation."""
        return _read_csv(self._evaluated("predictions.csv"))

    def read_predictions(self, parse: Callable[[dict[str, str]], Parsed]) -> list[Parsed]:
        """Return each row of predictions.csv as `parse` understands it; raises RunError also when it does not."""
        rows = self.predictions
        with interpreting(self.path / "predictions.csv"):
            return [parse(row) for row in rows]

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        """Write a result table ("predictions", "per_class", "confusion") as CSV and return its path."""
        path = self.path / f"{name}.csv"
        self._write_csv(path, header, rows)
        return path

    def write_other_evaluation(
        self, name: str, record: Mapping[str, Any], header: Sequence[str], predictions: Iterable[Sequence[object]]
    ) -> Path:
        """Write the numbers on data that are not the run's own, and what it says of each; return the record's path."""
        path = self.path / "evaluations" / f"{name}.json"
        self._write_csv(path.with_suffix(".csv"), header, predictions)
        self._write_json(path, record)
        return path

    @property
    def other_evaluations(self) -> list[dict[str, Any]]:
        """evaluations/*.json, the numbers on data that are not the run's own, by the time of the evaluation."""
        found = [read_json(path) for path in (self.path / "evaluations").glob("[!.]*.json")]
        return sorted(found, key=lambda each: str(each.get("when")))

    @property
    def inspections_path(self) -> Path:
        """Where pages of looked-at images lie, a folder each."""
        return self.path / "inspect"

    def save_image(self, name: str, save: Callable[[Path], None]) -> Path:
        """Write an image ("confusion", "samples") as PNG through `save(temporary_path)` and return its path."""
        path = self.path / f"{name}.png"
        self._replace(path, save)
        return path

    # Exports

    def save_export(
        self, name: str, made: Path, record: Mapping[str, Any], *, artifacts: Sequence[type[Artifact]] = ()
    ) -> Path:
        """Copy a file or folder to export/`name`, write what was measured of it, and return where it is.

        Without the network, and the artifacts that are part of it, as they are now, it is not used any more.

        The record is written last: an export without one, or with that of an older file, is not used.
        """
        path = self.path / "export" / name
        if made.is_dir():
            with _clear_disk_errors(path):
                write_whole_folder(path, lambda temporary: shutil.copytree(made, temporary))
        else:
            self._replace(path, lambda temporary: shutil.copyfile(made, temporary))
        record = {
            **record,
            "hash": _hash(path),
            "made_of": self._hashes("model.keras", *(kind.FILE for kind in artifacts)),
        }
        self._write_json(path.parent / "parity.json", {**self.parity, name: record})
        return path

    @property
    def parity(self) -> dict[str, Any]:
        """export/parity.json: by the name of each exported file, how it answers beside Keras; empty before exports."""
        path = self.path / "export" / "parity.json"
        return read_json(path) if path.exists() else {}

    def exported(self, name: str) -> Path | None:
        """Return export/`name` if it is there whole and was made of what answers now, else None."""
        path, record = self.path / "export" / name, self.parity.get(name, {})
        made_of = record.get("made_of")
        if not path.exists() or not isinstance(made_of, dict) or made_of != self._hashes(*made_of):
            return None
        return path if record.get("hash") == _hash(path) else None

    @property
    def network_hash(self) -> str:
        """sha256 of model.keras."""
        return _hash(self.model_path)

    def _hashes(self, *names: str) -> dict[str, str]:
        """Return the sha256 of files by name, "" for one that is not there."""
        files = {name: self.path / name for name in names}
        return {name: _hash(file) if file.is_file() else "" for name, file in files.items()}

    @property
    def report_path(self) -> Path:
        """The page that shows everything that is known of the run."""
        return self.path / "report.html"

    def write_report(self, *, page: str, card: str) -> None:
        """Write the page, and the model card as README.md, which a model hub shows."""
        self._write_text(self.path / "README.md", card)
        self._write_text(self.report_path, page)

    # Writing: to a temporary name, then rename

    @property
    def _manifest_file(self) -> Path:
        return self.path / "run.json"

    def _write_json(self, path: Path, content: Mapping[str, Any]) -> None:
        self._write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def _write_csv(self, path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        def save(temporary: Path) -> None:
            with temporary.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(header)
                writer.writerows(rows)

        self._replace(path, save)

    def _write_arrays(self, path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
        def save(temporary: Path) -> None:
            with temporary.open("wb") as file:  # given a name, NumPy would add an ending to it
                np.savez_compressed(file, allow_pickle=False, **arrays)

        self._replace(path, save)

    def _write_text(self, path: Path, text: str) -> None:
        self._replace(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    def _replace(self, path: Path, save: Callable[[Path], object]) -> None:
        """Write all of `path` or nothing, and say clearly why not."""
        with _clear_disk_errors(path):
            write_whole(path, save)


def _modality(record: Mapping[str, Any]) -> str:
    modality: str = checked(record["modality"], str, "modality")
    return modality


def _claim(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        is_run = (folder / "run.json").exists() or (folder / "recipe.yaml").exists()
        go_on = f", or go on with it: saccade train --resume {folder}" if is_run else ""
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


def _hash(path: Path) -> str:
    """Return the sha256 of a file; of a folder, that of its files' names and hashes."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    splits = "".join(f"{file.relative_to(path).as_posix()} {_hash(file)}\n" for file in files)
    return hashlib.sha256(splits.encode()).hexdigest()


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _read_csv(path: Path, *columns: str) -> list[dict[str, str]]:
    """Return the rows of a table of the run; raises RunError when it is missing, damaged or lacks a column."""
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
            return list(reader)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def _clear_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into one message that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise RunError(
                f"The disk is full: could not write {path}. Nothing written before is lost. Free some space, then go "
                "on with saccade train --resume (or start again, when there is no run folder yet)."
            ) from error
        reason = error.strerror or str(error)
        raise RunError(
            f"Cannot write {path}: {reason}. Make the folder writable, work on a copy of it, or choose another one for "
            "runs with --runs."
        ) from error
