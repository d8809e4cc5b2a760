"""Rows of a table as a person looks through them: what each column holds, and the first rows."""

import numpy as np

from saccade.core.data_view import Chart, DataView, Sheet, of_names, of_numbers
from saccade.modalities.tables.schema import Column
from saccade.modalities.tables.table import Table

FIRST = 20
"""Rows that are shown."""


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
        charts=tuple(charts),
        sheets=(_first(table, rows), _roles(table)),
    )


def _chart(column: Column, table: Table, rows: np.ndarray, at: int) -> Chart:
    values = np.asarray(table.values[rows, at])
    missing = int(np.isnan(values).sum())
    about = f"{column.kind}{f', {missing:,} missing' if missing else ''}"
    known = values[~np.isnan(values)]
    if column.kind == "number":
        unit = f", in {column.unit}" if column.unit else ""
        return of_numbers(column.name, about + unit, known.astype(np.float64) + column.offset)
    names = (*column.categories, "other") if column.kind == "category" else ("no", "yes")
    counts = np.bincount(known.astype(np.int64), minlength=len(names))[: len(names)]
    present = [place for place in range(len(names)) if counts[place] or names[place] != "other"]
    return of_names(column.name, about, tuple(names[place] for place in present), counts[present])


def _first(table: Table, rows: np.ndarray) -> Sheet:
    columns = table.schema.columns
    shown = [
        (str(table.numbers[row]), *(column.shown(float(table.values[row, at])) for at, column in enumerate(columns)))
        for row in rows[:FIRST]
    ]
    return Sheet("First rows outside of the test split", ("row", *(each.name for each in columns)), tuple(shown))


def _roles(table: Table) -> Sheet:
    schema = table.schema
    named = {"label": schema.label, "time": schema.time}
    roles = [(name, role) for role, name in named.items() if name]
    roles += [(column.name, column.kind) for column in schema.columns]
    roles += [(str(name), "ignored") for name in getattr(schema, "ignored", ())]
    return Sheet("What each column is taken for", ("column", "taken for"), tuple(roles))
