"""Labelled rows that a run was not trained on, in its columns, behind what is left of its own."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.errors import DataError, RecipeError, RunError
from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.modalities.tables import cells
from saccade.modalities.tables.labels import judge
from saccade.modalities.tables.opening import open_table, table_name
from saccade.modalities.tables.reading import encoded_batches
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.table import ANOMALY, NORMAL, UNKNOWN, Table
from saccade.tasks.anomaly_detection import table_preparation
from saccade.tasks.joined_data import (
    CHANGED,
    GONE,
    append_other,
    compare_prevalence,
    counted,
    listed,
    name_skipped,
)
from saccade.tasks.modality import refuse_images


def own_or_other(
    run: Run, *, data: str, split: str = "", label: str = "", normal: str = "", quiet: bool = False
) -> tuple[Table, Other | None]:
    """Return the run's own rows, or those of another table with its columns behind what is left of them.

    Args:
        run: a trained run of a table.
        data: the file.
        split: "": another table has none.
        label: the column of its labels; "": called as in the run's own.
        normal: the label that is normal; "": as in the run's own.
        quiet: no progress bars.

    Raises:
        DataError: it cannot be read, or has no labels.
        RecipeError: a split of another table.
    """
    refuse_images(run, data)
    try:
        return table_preparation.reload(run, data=data, quiet=quiet), None
    except (DataError, RunError):
        pass  # not the run's own, or not readable: said below
    found = _others(run, data, label=label, normal=normal)
    if split:
        raise RecipeError("--split chooses a split of the run's own table; another one is scored as a whole.")
    return found


def _others(run: Run, data: str, *, label: str, normal: str) -> tuple[Table, Other]:
    schema = Schema.from_dict(run.data["schema"])
    asked = replace(schema, label=label or schema.label, normal=normal or schema.normal)
    _refuse_unlabelled(run, data, asked)
    other = _encoded(data, asked)
    labels = list(_refuse_or_name_labels(data, other, asked, asked_for=bool(normal)))
    own, missing = _rows_left(run, schema)
    about = Other(
        name=other.name,
        source=str(data),
        noun="rows",
        count=len(other),
        run=str(run.path),
        content_hash=other.content_hash,
        notes=(
            *missing,
            *labels,
            *compare_prevalence(_share_of_anomalies(run), other.labels, "rows"),
            *other.notes,
            *name_skipped(other.skipped_items, other.skipped_count, "row"),
        ),
    )
    return append_other(own, replace(other, schema=schema)), about


def _refuse_unlabelled(run: Run, data: str, schema: Schema) -> None:
    names = open_table(data).names
    if schema.label in schema.names:
        raise DataError(f"The column '{schema.label}' is what {run.path} is asked about, and no label: name another.")
    if schema.label and schema.label in names:
        return
    lacks = (
        f"has no column '{schema.label}'" if schema.label else "is to be scored, and the run's own data had no label"
    )
    near = get_close_matches(schema.label, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise DataError(
        f"{data} {lacks}: without labels nobody can say how many anomalies are found.{hint} Name the column with "
        f"--label; without one: saccade predict {shell_word(run.path)} {shell_word(data)}, or "
        f"saccade check {shell_word(run.path)} {shell_word(data)}"
    )


def _encoded(data: str, schema: Schema) -> Table:
    """Return a table as the run's schema reads it."""
    batches = list(encoded_batches(data, schema))
    table = Table(
        name=table_name(data),
        source=str(data),
        schema=schema,
        values=np.concatenate([each.values for each in batches]),
        labels=np.concatenate([_or(each.labels, UNKNOWN, each.numbers) for each in batches]),
        times=np.concatenate([_or(each.times, np.nan, each.numbers) for each in batches]) if schema.time else None,
        numbers=np.concatenate([each.numbers for each in batches]),
        splits=np.full(sum(len(each.numbers) for each in batches), ""),
        content_hash="",
        skipped_items=tuple(row for each in batches for row in each.skipped_items),
        skipped_count=sum(each.skipped_count for each in batches),
        notes=tuple(dict.fromkeys(note for each in batches for note in each.notes)),
    )
    return replace(table, content_hash=_hash(table))


def _or(known: Array | None, missing: float, rows: NDArray[np.int64]) -> Array:
    """Return what is known of some rows, or as many missing values."""
    return np.full(len(rows), missing) if known is None else known


def _hash(table: Table) -> str:
    digest = hashlib.sha256("\0".join(table.schema.names).encode())
    for column in (table.values, table.labels, table.times):
        digest.update(b"" if column is None else np.ascontiguousarray(column).data)
    return digest.hexdigest()


def _refuse_or_name_labels(data: str, other: Table, schema: Schema, *, asked_for: bool) -> Iterator[str]:
    """Yield what is to be known of the labels; raises DataError where they are not those of the run."""
    column, kinds = f"the column '{schema.label}' of {data}", set(other.labels.tolist())
    words = _words(data, schema.label) if kinds != {NORMAL, ANOMALY} else []
    foreign = [word for word in words if judge(word, schema.normal) is None]
    if UNKNOWN in kinds and not {NORMAL, ANOMALY} <= kinds and (foreign or kinds == {UNKNOWN}):
        raise DataError(
            f"The labels in {column} do not say what is normal and what is an anomaly; found "
            f"{listed(words) or 'only empty cells'}. If one of them means normal: --normal NAME."
        )
    if schema.normal and NORMAL not in kinds:
        if asked_for or schema.normal.casefold() in {word.casefold() for word in words}:
            raise DataError(
                f"No label in {column} is '{schema.normal}'; found {listed(words)}. Name the normal one: --normal NAME."
            )
        yield f"No label is '{schema.normal}', the normal one of the run: all rows are taken for anomalies."
    if UNKNOWN in kinds:
        not_understood = f" or not understood ({listed(foreign)})" if foreign else ""
        yield (
            f"The label of {counted(int(np.sum(other.labels == UNKNOWN)), 'row')} is missing{not_understood}: they "
            "count for the share of alarms only, as normal ones."
        )


def _words(data: str, column: str) -> list[str]:
    """Return the different labels of a file, sorted."""
    found = set[str]()
    for frame in open_table(data).read([column], ()):
        found |= set(cells.texts(frame.cells[column]).drop_nulls().unique().to_list())
    return sorted(found)


def _share_of_anomalies(run: Run) -> float | None:
    counts = Counter[str]()
    for labels in run.data["counts"].values():
        counts.update(labels)
    return counts["anomaly"] / (counts["anomaly"] + counts["normal"]) if counts["anomaly"] else None


def _rows_left(run: Run, schema: Schema) -> tuple[Table | None, list[str]]:
    """Return what is left of the run's own rows, in its splits; None and why where nothing is."""
    try:
        return table_preparation.reload(run, quiet=True), []
    except DataError:
        pass
    except RunError:
        left = _by_number(run, schema)
        if left is not None:
            return left, [CHANGED.format(run=run.path, by="the numbers of the rows")]
    return None, [GONE.format(run=run.path, source=run.data["source"])]


def _by_number(run: Run, schema: Schema) -> Table | None:
    """Return the rows that have the number of one of the run's, in its splits; what they hold may have changed."""
    try:
        found = _encoded(run.recipe.data, schema)
    except DataError:
        return None
    split = run.split
    splits = np.array([split.get(number, "") for number in found.numbers.astype(np.str_).tolist()])
    return found.with_split(splits, splits) if (splits == "train").any() else None
