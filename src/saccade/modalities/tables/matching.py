"""How a new file's columns meet those of the training data; what is different is said."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.tables import cells
from saccade.modalities.tables.frames import Opened
from saccade.modalities.tables.messages import listed
from saccade.modalities.tables.schema import Column, Schema


@dataclass(frozen=True)
class Match:
    """What is read of a new file.

    Attributes:
        wanted: the columns that are read, inputs first.
        numeric: those that are expected to hold plain numbers.
        label: the label column, "" where the file has none.
        time: the time column, "" where the file has none.
        width: number of inputs.
        notes: what is different and was dealt with.
    """

    wanted: tuple[str, ...]
    numeric: tuple[str, ...]
    label: str
    time: str
    width: int
    notes: tuple[str, ...]


def refuse_other_kind(
    series: pl.Series,
    values: NDArray[np.float32],
    unreadable: NDArray[np.bool_],
    column: Column,
    source: str,
) -> None:
    """Raise DataError when most of the file's first cells of a column cannot be what they were in training."""
    said = int(np.count_nonzero(unreadable | ~np.isnan(values)))
    if said and np.count_nonzero(unreadable) > said / 2:
        cell = cells.texts(series)[int(np.flatnonzero(unreadable)[0])]
        raise DataError(
            f"The column '{column.name}' of {source} holds something else than in the training data: expected "
            f"a {column.kind}, found '{cell}'. Is it the right column?"
        )


def match(opened: Opened, schema: Schema, source: str) -> Match:
    """Return what is to be read of a new file.

    Raises:
        DataError: inputs are missing; says which, which others are there, and which may be meant.
    """
    missing = [name for name in schema.names if name not in opened.names]
    used = {*schema.names, schema.label, schema.time, *schema.ignored}
    extra = [name for name in opened.names if name not in used and name.casefold() != "split"]
    if missing:
        raise DataError(_lacking(source, missing, extra, schema))
    notes = []
    if [name for name in opened.names if name in schema.names] != list(schema.names):
        notes.append(f"The columns of {source} are in another order than in training; they were found by name.")
    if extra:
        notes.append(f"Columns that the training data did not have are not used: {listed(extra)}.")
    constants = [name for name, _ in schema.constants if name in opened.names]
    label = schema.label if schema.label in opened.names else ""
    time = schema.time if schema.time in opened.names else ""
    return Match(
        wanted=tuple(dict.fromkeys([*schema.names, *filter(None, (label, time)), *constants])),
        numeric=tuple(
            column.name for column in schema.columns if column.kind == "number" and not (column.decimal or column.unit)
        ),
        label=label,
        time=time,
        width=len(schema.columns),
        notes=tuple(notes),
    )


def _lacking(source: str, missing: list[str], extra: list[str], schema: Schema) -> str:
    spelled = {name.casefold(): name for name in extra}
    nearest = {name: spelled[near[0]] for name in missing if (near := get_close_matches(name.casefold(), spelled, n=1))}
    trained = "that the network was trained on"
    lacks = (
        f"the column {listed(missing)} {trained}"
        if len(missing) == 1
        else f"{len(missing)} of the {len(schema.columns)} columns {trained}: {listed(missing)}"
    )
    renamed = ", ".join(f"'{new}' to '{name}'" for name, new in list(nearest.items())[:3])
    return (
        f"{source} lacks {lacks}."
        + (f" It has {listed(extra)} instead." if extra else "")
        + (f" Rename {renamed}?" if renamed else "")
    )
