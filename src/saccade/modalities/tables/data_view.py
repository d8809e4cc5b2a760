"""Rows of a table as a person looks through them: what each column holds, and its rows."""

import numpy as np

from saccade.core.data_view import Chart, DataView, RecordColumn, Records, Sheet, of_names, of_numbers
from saccade.modalities.tables.schema import Column
from saccade.modalities.tables.table import UNKNOWN, Table

CLASSES = ("normal", "anomaly", "not said")
"""What a row can be, in the order of the table's labels; the last where nothing is said."""


def view(table: Table) -> DataView:
    """Return what there is to see of a table; of columns, only what is outside of the test split."""
    rows = np.flatnonzero(table.splits != "test")
    columns = table.schema.columns
    charts = [_chart(column, table, rows, at) for at, column in enumerate(columns)]
    return DataView(
        name=table.name,
        noun=table.noun,
        count=len(table),
        counts=table.counts(),
        notes=table.notes,
        records=_records(table, rows),
        charts=tuple(charts),
        sheets=(_roles(table),),
    )


def _records(table: Table, rows: np.ndarray) -> Records:
    labels = table.labels[rows]
    return Records(
        names=table.numbers[rows].astype(np.str_),
        values=np.asarray(table.values[rows], np.float32),
        columns=tuple(RecordColumn(each.name, _texts(each), each.offset) for each in table.schema.columns),
        labels=np.where(labels == UNKNOWN, len(CLASSES) - 1, labels),
        classes=CLASSES,
        splits=table.splits[rows],
    )


def _texts(column: Column) -> tuple[str, ...]:
    """Return what the codes of a column stand for."""
    if column.kind == "number":
        return ()
    return (*column.categories, "other") if column.kind == "category" else ("no", "yes")


def _chart(column: Column, table: Table, rows: np.ndarray, at: int) -> Chart:
    values = np.asarray(table.values[rows, at])
    missing = int(np.isnan(values).sum())
    about = f"{column.kind}{f', {missing:,} missing' if missing else ''}"
    known = values[~np.isnan(values)]
    if column.kind == "number":
        unit = f", in {column.unit}" if column.unit else ""
        return of_numbers(column.name, about + unit, known.astype(np.float64) + column.offset)
    names = _texts(column)
    counts = np.bincount(known.astype(np.int64), minlength=len(names))[: len(names)]
    present = [place for place in range(len(names)) if counts[place] or names[place] != "other"]
    return of_names(column.name, about, tuple(names[place] for place in present), counts[present])


def _roles(table: Table) -> Sheet:
    schema = table.schema
    named = {"label": schema.label, "time": schema.time}
    roles = [(name, role) for role, name in named.items() if name]
    roles += [(column.name, column.kind) for column in schema.columns]
    roles += [(str(name), "ignored") for name in getattr(schema, "ignored", ())]
    return Sheet("What each column is taken for", ("column", "taken for"), tuple(roles))
