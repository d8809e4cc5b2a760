"""A schema as a person reads it: a line a column."""

from rich import box
from rich.table import Table
from rich.text import Text

from saccade.modalities.tables.schema import Schema

SHOWN_COLUMNS = 40


def as_table(schema: Schema) -> Table:
    """Return a terminal table of the inputs: kind, what is missing, and what is usual in the normal training rows."""
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column("column", overflow="fold")
    table.add_column("kind")
    table.add_column("missing", justify="right")
    table.add_column("usual, in normal training rows" if schema.rows else "holds")
    for column in schema.columns[:SHOWN_COLUMNS]:
        missing = f"{column.missing / schema.rows:.1%}" if column.missing and schema.rows else ""
        table.add_row(Text(column.name), column.kind, missing, Text(column.typical(schema.rows)))
    more = len(schema.columns) - SHOWN_COLUMNS
    if more > 0:
        table.add_row(Text(f"and {more:,} more", "dim"), "", "", "")
    return table
