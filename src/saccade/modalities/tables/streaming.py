"""Streaming: a new file, batch by batch, as the network takes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.tables import cells, labels, times, unseen
from saccade.modalities.tables.encoding import encode, expected
from saccade.modalities.tables.frames import Frame, Opened
from saccade.modalities.tables.matching import Match, match, refuse_other_kind
from saccade.modalities.tables.memory import open_rows
from saccade.modalities.tables.messages import EMPTY, MOST_REASONS, blame
from saccade.modalities.tables.opening import open_table
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.table import UNKNOWN
from saccade.modalities.tables.unseen import Unseen

Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Batch:
    """Some rows of a file, as a network takes them.

    Attributes:
        values: (m, d), float32; NaN where a value is missing.
        numbers: (m,), int64: the rows in the file, from 1.
        labels: (m,), int64: 0 normal, 1 anomaly, -1 not said or not understood; None without a label column.
        times: (m,), float64, seconds, NaN where none can be read; None without a time column.
        skipped_items: rows that could not be read since the last batch, the first thousand.
        skipped_count: how many could not be read since the last batch.
        notes: what is different from the training data and was dealt with; in the first batch where it is seen.
        unseen: by column, what rows say that no training row said, since the last batch.
        unseen_texts: by the position of a column of categories, (m,), the texts that have no code of their own, None
            elsewhere; only of columns that have such cells.
    """

    values: NDArray[np.float32]
    numbers: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    times: NDArray[np.float64] | None
    skipped_items: tuple[SkippedItem, ...] = ()
    skipped_count: int = 0
    notes: tuple[str, ...] = ()
    unseen: Mapping[str, Unseen] = field(default_factory=dict)
    unseen_texts: Mapping[int, Texts] = field(default_factory=dict)


def encoded_batches(source: str | Path, schema: Schema, *, rows: int = 65536) -> Iterator[Batch]:
    """Yield a file's rows, brought to a schema; memory does not grow with the file.

    Columns may be in another order, others may be there too, and label and time may be missing. A row with a cell
    that cannot be read is skipped. A row's values never depend on other rows.

    Args:
        source: a .csv, .csv.gz, .parquet or .npz file.
        schema: fitted on training rows.
        rows: of a batch; the last has fewer.

    Raises:
        DataError: the file cannot be read, columns are missing or hold something else; says the difference.
    """
    yield from batches(open_table(source, header=schema.header), schema, str(source), rows=rows)


def encoded_rows(rows: Sequence[Mapping[str, object]], schema: Schema) -> Batch:
    """Return rows that came as JSON objects, brought to a schema like those of a file.

    Args:
        rows: a name and a value a column: a number, text, True, False or None.
        schema: fitted on training rows.

    Raises:
        DataError: there is no row, a column is in none of them, or none of the rows can be read.
    """
    (batch,) = batches(open_rows(rows, schema), schema, "the request", rows=max(1, len(rows)))
    return batch


def batches(opened: Opened, schema: Schema, source: str, *, rows: int = 65536) -> Iterator[Batch]:
    """Yield the rows of what is opened already, as `encoded_batches` does; `source` is its name."""
    matched = match(opened, schema, source)
    waiting = _empty(matched)
    seen = 0
    for frame in opened.read(matched.wanted, matched.numeric):
        waiting = _joined(waiting, _encoded(frame, schema, matched, source, seen))
        seen += frame.cells.height
        while len(waiting.numbers) > rows:  # not all: what is skipped at the end goes with the last rows
            batch, waiting = _cut(waiting, rows)
            yield batch
    if seen and not len(waiting.numbers):
        first = waiting.skipped_items[0]
        raise DataError(f"None of the {seen:,} rows of {source} can be used. The first, {first.name}: {first.reason}")
    yield waiting


def _empty(matched: Match) -> Batch:
    labelled, timed = bool(matched.label), bool(matched.time)
    return Batch(
        np.zeros((0, matched.width), np.float32),
        np.zeros(0, np.int64),
        np.zeros(0, np.int64) if labelled else None,
        np.zeros(0) if timed else None,
        notes=matched.notes,
    )


def _encoded(frame: Frame, schema: Schema, matched: Match, source: str, seen: int) -> Batch:
    faults, values = dict(frame.faults), np.empty((frame.cells.height, len(schema.columns)), np.float32)
    notes, texts = dict.fromkeys(frame.notes), dict[int, Texts]()
    for position, column in enumerate(schema.columns):
        series, found = frame.cells[column.name], encode(frame.cells[column.name], column)
        values[:, position] = found.values
        if not seen:
            refuse_other_kind(series, found.values, found.unreadable, column, source)
        blame(faults, found.unreadable, series, column.name, column.kind, expected(column))
        notes |= dict.fromkeys(found.notes)
        if found.unseen is not None:
            texts[position] = found.unseen.to_numpy()
    for row in np.flatnonzero(np.isnan(values).all(axis=1)):
        faults.setdefault(int(row), EMPTY)
    good = np.ones(len(values), np.bool_)
    good[list(faults)] = False
    return Batch(
        values[good],
        np.flatnonzero(good) + seen + 1,
        _labels(frame, schema, matched, good),
        times.seconds(frame.cells[matched.time], schema.time_format)[good] if matched.time else None,
        tuple(SkippedItem(f"row {seen + 1 + row}", faults[row]) for row in sorted(faults)[:MOST_REASONS]),
        len(faults),
        tuple(notes),
        unseen.unseen(frame.cells, values, good, schema),
        {position: cells[good] for position, cells in texts.items()},
    )


def _labels(frame: Frame, schema: Schema, matched: Match, good: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if not matched.label:
        return None
    text = cells.texts(frame.cells[matched.label])
    judged = {each: labels.judge(each, schema.normal) for each in text.drop_nulls().unique()}
    known = {each: UNKNOWN if label is None else label for each, label in judged.items()}
    found = text.replace_strict(list(known), list(known.values()), default=UNKNOWN, return_dtype=pl.Int64)
    return found.fill_null(UNKNOWN).to_numpy()[good]


def _joined(first: Batch, second: Batch) -> Batch:
    return Batch(
        np.concatenate([first.values, second.values]),
        np.concatenate([first.numbers, second.numbers]),
        None if first.labels is None or second.labels is None else np.concatenate([first.labels, second.labels]),
        None if first.times is None or second.times is None else np.concatenate([first.times, second.times]),
        (first.skipped_items + second.skipped_items)[:MOST_REASONS],
        first.skipped_count + second.skipped_count,
        tuple(dict.fromkeys(first.notes + second.notes)),
        unseen.joined(first.unseen, second.unseen),
        {
            position: np.concatenate([_unseen_texts(first, position), _unseen_texts(second, position)])
            for position in {**first.unseen_texts, **second.unseen_texts}
        },
    )


def _unseen_texts(batch: Batch, position: int) -> Texts:
    return batch.unseen_texts.get(position, np.full(len(batch.numbers), None, object))


def _cut(batch: Batch, rows: int) -> tuple[Batch, Batch]:
    """Return the first rows, with all that is said, and the others."""
    first, rest = slice(rows), slice(rows, None)

    def split(which: slice, **said: Any) -> Batch:
        return Batch(
            batch.values[which],
            batch.numbers[which],
            None if batch.labels is None else batch.labels[which],
            None if batch.times is None else batch.times[which],
            unseen_texts={position: texts[which] for position, texts in batch.unseen_texts.items()},
            **said,
        )

    said = split(
        first,
        skipped_items=batch.skipped_items,
        skipped_count=batch.skipped_count,
        notes=batch.notes,
        unseen=batch.unseen,
    )
    return said, split(rest)
