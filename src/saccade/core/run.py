"""Run: one folder with everything in it. With `run_folder` the only file that knows a file name inside it."""

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from saccade.core.artifact import Artifact
from saccade.core.atomic_files import write_whole_folder
from saccade.core.errors import RunError
from saccade.core.run_files import csv_rows, interpreting, missing, read_arrays, read_as, read_csv, read_json
from saccade.core.run_folder import RunFolder
from saccade.core.run_writing import (
    clear_disk_errors,
    hash_of,
    write_arrays,
    write_csv,
    write_file,
    write_json,
    write_text,
)
from saccade.core.shell_words import shell_word
from saccade.core.type_validation import checked

Parsed = TypeVar("Parsed")
Kept = TypeVar("Kept", bound=Artifact)

ASKED_FOR = 60.0
"""Seconds for which who asks for pictures of a training gets them."""


class Run(RunFolder):
    """A run folder: settings, data record, weights, history, evaluation.

    Attributes:
        path: the folder.
    """

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
                write_file(self.path / name, partial(shutil.copyfile, path))
        if not for_now:
            self.write_recipe(other.recipe.changed(name=self.recipe.name))

    def drop_contenders(self) -> None:
        """Remove what was only tried."""
        shutil.rmtree(self.path / "contenders", ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder, which holds no work."""
        shutil.rmtree(self.path, ignore_errors=True)

    # Stages: trainings of parts of the network, before that of the whole

    def stage(self, name: str) -> "Run":
        """Return the folder of a stage, with a history and a checkpoint of its own; begun or not."""
        return Run(self.path / "stages" / name)

    @property
    def stages(self) -> list["Run"]:
        """The stages that were begun, in their order; none where the whole network was trained at once."""
        return list(Run.all_in(self.path / "stages"))

    def drop_checkpoint(self) -> None:
        """Remove what a training goes on with, when nothing will."""
        shutil.rmtree(self.checkpoint_path.parent, ignore_errors=True)

    # Pictures of what is learnt, drawn while somebody looks on

    @property
    def whole(self) -> "Run":
        """The run that a contender or a stage is part of; of others the run itself."""
        within = self.path.parent.name in {"contenders", "stages"} and Run(self.path.parent.parent).has_manifest
        return Run(self.path.parent.parent).whole if within else self

    def ask_for_pictures(self) -> None:
        """Ask the process that trains for pictures of what is learnt, for the next `ASKED_FOR` seconds."""
        with clear_disk_errors(self._asked_file):
            self._asked_file.parent.mkdir(exist_ok=True)
            self._asked_file.touch()

    @property
    def is_asked_for_pictures(self) -> bool:
        """Whether somebody looks on: has asked within the last `ASKED_FOR` seconds."""
        try:
            return abs(time.time() - self._asked_file.stat().st_mtime) < ASKED_FOR
        except OSError:
            return False

    @property
    def _asked_file(self) -> Path:
        return self.path / "live" / "asked"

    # Data

    @property
    def data(self) -> dict[str, Any]:
        """data.json: name, source, classes, counts, image_shape, content_hash, skipped_items, notes, licence."""
        return self._once(self.path / "data.json", read_json)

    @property
    def modality(self) -> str:
        """What goes in: "images", "tables"; raises RunError where data.json does not say."""
        with interpreting(self.path / "data.json"):
            modality: str = checked(self.data["modality"], str, "modality")
            return modality

    def write_data(self, record: Mapping[str, Any]) -> None:
        """Write where the data came from and what is in them."""
        write_json(self.path / "data.json", dict(record))

    @property
    def audit(self) -> dict[str, Any]:
        """audit.json: what is wrong with the data; raises RunError when it was trained without a check."""
        if not self.has_audit:
            raise RunError(f"{self.path} was trained without an audit. Try: saccade check DATA")
        return read_json(self.path / "audit.json")

    @property
    def has_audit(self) -> bool:
        """Whether its data were checked before training."""
        return (self.path / "audit.json").exists()

    def write_audit(self, record: Mapping[str, Any]) -> None:
        """Write what was wrong with the data, and what was looked at."""
        write_json(self.path / "audit.json", dict(record))
        if self.manifest.get("audit") == "pending":
            self.write_manifest(audit="done")

    def await_audit(self) -> None:
        """Say that its data are being checked, beside the training."""
        self.write_manifest(audit="pending")

    @property
    def awaits_audit(self) -> bool:
        """Whether the check of its data had begun and was not written, because the process was killed."""
        return not self.has_audit and self.manifest.get("audit") == "pending"

    def write_split(self, rows: Iterable[Sequence[object]]) -> None:
        """Write who is in which split, and why: (name, class, split, reason) a row."""
        write_csv(self.path / "split.csv", ("name", "class", "split", "reason"), rows)

    @property
    def split(self) -> dict[str, str]:
        """Part of each row by its name, as it was when the run was trained."""
        rows = csv_rows(self.path / "split.csv", "name", "split")
        return {row["name"]: sys.intern(row["split"]) for row in rows}  # a text for each of a million is much

    def write_overrides(self, overrides: Sequence[Any]) -> None:
        """Keep what was corrected, instances of one dataclass whose fields are the columns."""
        write_csv(self.overrides_path, [field.name for field in fields(overrides[0])], map(astuple, overrides))

    # Weights

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
                f"Try: saccade train --resume {shell_word(self.path)}"
            )
        return missing(self.model_path)

    def save_model(self, save: Callable[[Path], None], *, last: bool = False) -> None:
        """Write a model through `save(temporary_path)`, then rename."""
        write_file(self.last_model_path if last else self.model_path, save)

    def no_checkpoint(self) -> RunError:
        """Return the error for a run that has a network but cannot go on, with what helps."""
        return RunError(
            f"{self.checkpoint_path} is missing, so training cannot go on where it was. {self.model_path} is usable as "
            f"it is; to train from the start, make a new run: saccade train {shell_word(self.path / 'recipe.yaml')}"
        )

    def save_checkpoint(self, save: Callable[[Path], None]) -> None:
        """Write the training state through `save(temporary_path)`, then rename."""
        write_file(self.checkpoint_path, save)

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
                return kind.from_dict(read_arrays(path))
        return read_as(path, kind.from_dict)

    def changed(self, kind: type[Artifact]) -> int:
        """Return when what a task keeps of a kind was last written, in nanoseconds; 0 where there is none."""
        try:
            return (self.path / kind.FILE).stat().st_mtime_ns
        except OSError:
            return 0

    def save(self, artifact: Artifact) -> None:
        """Write what a task keeps of the run: its threshold, say."""
        write = write_arrays if artifact.FILE.endswith(".npz") else write_json
        write(self.path / artifact.FILE, artifact.to_dict())

    @property
    def history(self) -> list[dict[str, float]]:
        """One row an epoch: epoch (from 1), seconds, loss, metrics, val_ metrics; empty before the first."""
        path = self.path / "history.csv"
        if not path.exists():
            return []
        with interpreting(path):
            return [{key: float(value) for key, value in row.items()} for row in read_csv(path, "epoch")]

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Write all epochs so far."""
        header = tuple(rows[0]) if rows else ("epoch",)
        # a resumed run read its epochs back as numbers with a point: write all alike
        values = [[int(row[key]) if key == "epoch" else row[key] for key in header] for row in rows]
        write_csv(self.path / "history.csv", header, values)

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
            raise RunError(f"{self.path} has not been evaluated. Try: saccade evaluate {shell_word(self.path)}")
        return path

    def write_evaluation(self, record: Mapping[str, Any]) -> None:
        """Write the sealed test's numbers with their intervals."""
        write_json(self.path / "evaluation.json", dict(record))

    @property
    def predictions(self) -> list[dict[str, str]]:
        """predictions.csv: name, true, predicted, probability a test image; raises RunError before evaluation."""
        return read_csv(self._evaluated("predictions.csv"))

    def read_predictions(self, parse: Callable[[dict[str, str]], Parsed]) -> list[Parsed]:
        """Return each row of predictions.csv as `parse` understands it; raises RunError also when it does not."""
        path = self._evaluated("predictions.csv")
        with interpreting(path):
            return [parse(row) for row in csv_rows(path)]

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        """Write a result table ("predictions", "per_class", "confusion") as CSV and return its path."""
        path = self.path / f"{name}.csv"
        write_csv(path, header, rows)
        return path

    def write_other_evaluation(
        self, name: str, record: Mapping[str, Any], header: Sequence[str], predictions: Iterable[Sequence[object]]
    ) -> Path:
        """Write the numbers on data that are not the run's own, and what it says of each; return the record's path."""
        path = self.path / "evaluations" / f"{name}.json"
        write_csv(path.with_suffix(".csv"), header, predictions)
        write_json(path, record)
        return path

    @property
    def other_evaluations(self) -> list[dict[str, Any]]:
        """evaluations/*.json, the numbers on data that are not the run's own, by the time of the evaluation."""
        found = [read_json(path) for path in (self.path / "evaluations").glob("[!.]*.json")]
        return sorted(found, key=lambda each: str(each.get("when")))

    @property
    def answering_state(self) -> str:
        """Unlike before when the network, or what its answers mean, has changed."""
        records = {"run.json", "data.json", "audit.json", "evaluation.json"}
        parts = sorted({self.model_path, *self.path.glob("*.json"), *self.path.glob("*.npz")})
        stamps = ((path.name, path.stat()) for path in parts if path.is_file() and path.name not in records)
        return " ".join(f"{name}:{stamp.st_size}:{stamp.st_mtime_ns}" for name, stamp in stamps)

    def answered(self, split: str) -> dict[str, Any]:
        """answers/SPLIT.json: what was said of each input of a split; empty before it was asked."""
        path = self._answered_path(split)
        return read_json(path) if path.is_file() else {}

    def write_answered(self, split: str, record: Mapping[str, Any]) -> None:
        """Write what was said of each input of a split."""
        write_json(self._answered_path(split), dict(record))

    def _answered_path(self, split: str) -> Path:
        return self.path / "answers" / f"{Path(split).name}.json"

    @property
    def inspections_path(self) -> Path:
        """Where pages of looked-at images lie, a folder each."""
        return self.path / "inspect"

    def save_image(self, name: str, save: Callable[[Path], None]) -> Path:
        """Write an image ("confusion", "samples") as PNG through `save(temporary_path)` and return its path."""
        path = self.path / f"{name}.png"
        write_file(path, save)
        return path

    # Exports

    def save_export(
        self, name: str, made: Path, record: Mapping[str, Any], *, artifacts: Sequence[type[Artifact]] = ()
    ) -> Path:
        """Copy a file or folder to export/`name`, where it may be, write what was measured of it; return where it is.

        Without the network, and the artifacts that are part of it, as they are now, it is not used any more.

        The record is written last: an export without one, or with that of an older file, is not used.
        """
        path = self.path / "export" / name
        if made.is_dir():
            with clear_disk_errors(path):
                write_whole_folder(path, lambda temporary: shutil.copytree(made, temporary))
        elif made != path:
            write_file(path, lambda temporary: shutil.copyfile(made, temporary))
        record = {
            **record,
            "hash": hash_of(path),
            "made_of": self._hashes("model.keras", *(kind.FILE for kind in artifacts)),
        }
        write_json(path.parent / "parity.json", {**self.parity, name: record})
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
        return path if record.get("hash") == hash_of(path) else None

    def save_fastest(self, record: Mapping[str, Any]) -> None:
        """Write export/fastest.json: how quickly each exported file answers, and which is recommended."""
        write_json(self.path / "export" / "fastest.json", record)

    @property
    def fastest(self) -> dict[str, Any]:
        """export/fastest.json; empty where nothing was measured."""
        path = self.path / "export" / "fastest.json"
        return read_json(path) if path.exists() else {}

    @property
    def network_hash(self) -> str:
        """sha256 of model.keras."""
        return hash_of(self.model_path)

    def _hashes(self, *names: str) -> dict[str, str]:
        """Return the sha256 of files by name, "" for one that is not there."""
        files = {name: self.path / name for name in names}
        return {name: hash_of(file) if file.is_file() else "" for name, file in files.items()}

    def save_hub_folder(self, fill: Callable[[Path], None]) -> Path:
        """Write hub/, what is published, through `fill(temporary_path)`; return where it is."""
        path = self.path / "hub"
        with clear_disk_errors(path):
            write_whole_folder(path, fill)
        return path

    @property
    def report_path(self) -> Path:
        """The page that shows everything that is known of the run."""
        return self.path / "report.html"

    def write_report(self, *, page: str, card: str) -> None:
        """Write the page, and the model card as README.md, which a model hub shows."""
        write_text(self.path / "README.md", card)
        write_text(self.report_path, page)
