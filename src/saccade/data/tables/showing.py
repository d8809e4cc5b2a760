"""A schema as a person reads it: a line a column."""

import re

from rich import box
from rich.table import Table
from rich.text import Text

from saccade.schema import Column, Schema

SHOWN_COLUMNS = 40
SHOWN_CATEGORIES = 4
_LONGEST = 18  # letters of a category


def as_table(schema: Schema) -> Table:
    """Return a terminal table of the inputs: kind, what is missing, and what is usual in the normal training rows."""
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column("column", overflow="fold")
    table.add_column("kind")
    table.add_column("missing", justify="right")
    table.add_column("usual, in normal training rows" if schema.rows else "holds")
    for column in schema.columns[:SHOWN_COLUMNS]:
        missing = f"{column.missing / schema.rows:.1%}" if column.missing and schema.rows else ""
        table.add_row(Text(column.name), column.kind, missing, Text(usual(column, schema.rows)))
    more = len(schema.columns) - SHOWN_COLUMNS
    if more > 0:
        table.add_row(Text(f"and {more:,} more", "dim"), "", "", "")
    return table


def usual(column: Column, rows: int) -> str:
    """Return what is usual in a column: "1.2 to 98.5, median 20", "ATM 60%, card 40%".

    Args:
        column: of a schema.
        rows: the training rows that its statistics are of; 0 before they are fitted.
    """
    if column.kind == "category":
        return _categories(column, rows)
    if not rows:
        return ""
    if column.missing == rows:
        return "no value"
    if column.kind == "boolean":
        return f"yes {_share(column.center)}"
    low, middle, high = (number(value + column.offset) for value in (column.low, column.middle, column.high))
    return f"{low} to {high}, median {middle}" if low != high else low


def number(value: float) -> str:
    """Return a number short, but whole numbers in full: 1,234,567 and 0.00123."""
    short = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return re.sub(r"^-", "−", "0" if short == "-0" else short)


def _categories(column: Column, rows: int) -> str:
    shown = [name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in column.categories[:SHOWN_CATEGORIES]]
    more = len(column.categories) - len(shown)
    if rows:
        said = max(sum(column.counts), 1)
        shown = [f"{name} {_share(count / said)}" for name, count in zip(shown, column.counts, strict=False)]
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")


def _share(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.01 else "<1%"
