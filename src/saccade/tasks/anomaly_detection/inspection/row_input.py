"""One row to look at: by its number in a file or in the run's own table, or what a program holds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.modalities.tables.memory import open_rows
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.streaming import Batch, batches, encoded_batches
from saccade.modalities.tables.table import ANOMALY, NORMAL, Table

_LABELS = {NORMAL: "normal", ANOMALY: "an anomaly"}


@dataclass(frozen=True)
class FoundRow:
    """One row.

    Attributes:
        batch: it alone, encoded, with notes on how its file differs from the training data.
        source: where it is from: a file's name, "the rows", or the name of the run's table.
        split: of the run's table that it is in; "" for other rows.
        label: "normal", "an anomaly", or "" where nothing is said.
    """

    batch: Batch
    source: str
    split: str = ""
    label: str = ""


def refuse_sealed(run: Run, number: int) -> None:
    """Raise RunError when a row of the run's own table may not be looked at, DataError when there is none."""
    splits = run.split
    split = splits.get(str(number))
    if split is None:
        raise DataError(_no_row_of(run, number))
    if split == "test":
        others = {name: next((row for row, found in splits.items() if found == name), None) for name in _OPEN}
        open_rows = [f"{row} ({name})" for name, row in others.items() if row]
        raise RunError(
            f"Row {number:,} is in the test split, which stays sealed. Look at another one, such as row "
            f"{' or '.join(open_rows)}, or at a row of a new file: "
            f"saccade inspect {shell_word(run.path)} NEW.csv --row N."
        )


_OPEN = ("calibration", "validation", "train")


def row_of_table(table: Table, number: int) -> FoundRow:
    """Return a row of the run's own table by its number in the source, from 1; `refuse_sealed` has been asked."""
    at = int(np.flatnonzero(table.numbers == number)[0])
    label, split = int(table.labels[at]), str(table.splits[at])
    batch = Batch(np.asarray(table.values[at : at + 1]), table.numbers[at : at + 1], None, None)
    return FoundRow(batch, table.name, split or "left-out", _LABELS.get(label, ""))


def row_of_rows(rows: Any, schema: Schema, number: int | None) -> FoundRow:
    """Return a row of a file, or of what `open_rows` takes; `number` may be left out where there is only one.

    Raises:
        DataError: there is no such row, it cannot be read, or nobody said which.
    """
    is_file = isinstance(rows, str | Path)
    source = Path(rows).name if is_file else "the rows"
    if is_file and not Path(rows).exists():
        raise DataError(f"There is no file {rows}. Expected a table: .csv, .csv.gz, .parquet or .npz.")
    read = encoded_batches(rows, schema) if is_file else batches(open_rows(rows, schema), schema, source)
    batch = _only(read, source) if number is None else _numbered(read, number, source)
    label = _LABELS.get(int(batch.labels[0]), "") if batch.labels is not None else ""
    return FoundRow(batch, source, label=label)


def _only(read: Iterator[Batch], source: str) -> Batch:
    first = next(read)
    if len(first.numbers) + first.skipped_count != 1:
        raise DataError(f"Say which row of {source}: --row 1 is the first, or in Python row=1.")
    return _cut(first, 0) if len(first.numbers) else _refuse(first, 1, source)


def _numbered(read: Iterator[Batch], number: int, source: str) -> Batch:
    seen, notes = 0, tuple[str, ...]()
    for batch in read:
        notes += batch.notes
        at = np.flatnonzero(batch.numbers == number)
        if len(at):
            return replace(_cut(batch, int(at[0])), notes=notes)
        _refuse_unreadable(batch, number, source)
        seen += len(batch.numbers) + batch.skipped_count
    raise DataError(f"There is no row {number:,} in {source}: it has {seen:,} rows, counted from 1 below the header.")


def _cut(batch: Batch, at: int) -> Batch:
    one = slice(at, at + 1)
    labels = None if batch.labels is None else batch.labels[one]
    unseen = {position: texts[one] for position, texts in batch.unseen_texts.items()}
    return Batch(batch.values[one], batch.numbers[one], labels, None, notes=batch.notes, unseen_texts=unseen)


def _refuse(batch: Batch, number: int, source: str) -> Batch:
    _refuse_unreadable(batch, number, source)
    raise DataError(f"There is no row {number:,} in {source}.")


def _refuse_unreadable(batch: Batch, number: int, source: str) -> None:
    for each in batch.skipped_items:
        if each.name == f"row {number}":
            raise DataError(f"Row {number:,} of {source} cannot be used: {each.reason}")


def _no_row_of(run: Run, number: int) -> str:
    for each in run.data["skipped_items"]:
        if each["name"] == f"row {number}":
            return f"Row {number:,} of the run's table could not be used: {each['reason']}"
    rows = run.data["rows"] + run.data["rows_skipped"]
    return (
        f"There is no row {number:,} in the table of {run.path}: it has {rows:,} rows, counted from 1 below the "
        "header. For a row of another file, name it: saccade inspect RUN NEW.csv --row N."
    )
