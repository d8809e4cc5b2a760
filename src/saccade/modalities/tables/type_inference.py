"""How a file's cells are read: guessed from its first rows, then corrected by all of them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from saccade.core.errors import DataError, unknown
from saccade.modalities.tables import cells
from saccade.modalities.tables.first_pass import Cells, Collected, Numbers, Plan, Texts
from saccade.modalities.tables.frames import Opened
from saccade.modalities.tables.number_parsing import PLAIN, Evidence, Verdict, Written, decide
from saccade.modalities.tables.schema import KINDS

DECIMALS = {"number": "", "number-comma": ",", "number-point": "."}
"""What a user can say of a column of numbers, and the decimal mark that is meant; "" where nothing is said of it."""

CHOICES = (*KINDS, *list(DECIMALS)[1:], "ignore")
"""What a user can say of a column."""

_HEAD = 8192  # rows; the same of every format, so that equal data are read in the same way
_LOSS = 2.0**-24 * 1000  # float32 rounds by 2⁻²⁴ of the value; a thousandth of the spread may be lost


def checked_columns(
    opened: Opened, source: str, *, label: str, time: str, columns: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """Return the label column and the columns that are not read.

    Raises:
        DataError: a name is not in the file, a kind is unknown, or a column is to be two things.
    """
    for name in filter(None, (label, time, *columns)):
        if name not in opened.names:
            raise DataError(f"{source}: {unknown('column', name, opened.names)}")
    for name, kind in columns.items():
        if kind not in CHOICES:
            raise DataError(f"The column '{name}' cannot be '{kind}'. {unknown('kind of column', kind, CHOICES)}")
        if name in (label, time):
            raise DataError(f"The column '{name}' is the {'label' if name == label else 'time'}: it has no other kind.")
    if label and label == time:
        raise DataError(f"The column '{label}' cannot be both label and time.")
    own = label or ("" if opened.label in columns or opened.label == time else opened.label)
    apart = [name for name in opened.apart if name not in columns and name not in (own, time)]
    return own, (*apart, *(name for name, kind in columns.items() if kind == "ignore"))


def first_plan(
    opened: Opened,
    *,
    label: str,
    time: str,
    ignored: tuple[str, ...],
    columns: Mapping[str, str],
    time_format: str = "",
) -> Plan:
    """Return a plan from what the user says and from the first rows; raises DataError when no input is left."""
    inputs = [name for name in opened.names if name not in (label, time, *ignored)]
    if not inputs:
        raise DataError("No column is left that could be an input: all are label, time, without a name or ignored.")
    head = _head(opened, inputs)
    verdicts = {name: _verdict(head[name], columns.get(name, "")) for name in inputs}
    kinds: dict[str, Cells] = {name: "number" if each.kind == "number" else "text" for name, each in verdicts.items()}
    kinds |= {name: "number" for name, said in columns.items() if said in DECIMALS}
    written = {name: each.written for name, each in verdicts.items() if each.written != PLAIN}
    offsets = {name: _offset(head[name], written.get(name, PLAIN)) for name, kind in kinds.items() if kind == "number"}
    offsets = {name: offset for name, offset in offsets.items() if offset}
    return Plan(kinds, offsets, label=label, time=time, time_format=time_format, written=written)


def _head(opened: Opened, inputs: list[str]) -> pl.DataFrame:
    """Return the first rows; as many of a wide file, whose blocks hold few."""
    frames, rows = list[pl.DataFrame](), 0
    for frame in opened.read(inputs, ()):
        frames.append(frame.cells)
        rows += frame.cells.height
        if rows >= _HEAD:
            break
    return pl.concat(frames).head(_HEAD)


def _verdict(series: pl.Series, said: str) -> Verdict:
    """Return what the first rows say of a column, or the user."""
    if said and said not in DECIMALS:
        return Verdict("text")
    if series.dtype != pl.String:
        return Verdict("text" if series.dtype == pl.Boolean else "number")
    evidence, text = Evidence(), cells.said(series)
    if not said and text.cast(pl.Float64, strict=False).null_count() == text.null_count():
        return Verdict("number")  # the common case, at once
    evidence.add(text)
    return decide(evidence, distinct=text.n_unique(), forced=bool(said), decimal=DECIMALS.get(said, ""))


def _offset(series: pl.Series, written: Written) -> float:
    """Return a whole number near the values where they lie far from zero for their spread, else 0."""
    values = cells.read_numbers(series, written).values
    values = values[~np.isnan(values)]
    if not len(values):
        return 0.0
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    spread = (high - low) or values.std() or 1.0
    # well before the loss is felt: the first rows are not all rows
    return float(np.round(middle)) if abs(middle) * _LOSS * 16 > spread else 0.0


def revised(plan: Plan, found: Collected, columns: Mapping[str, str]) -> Plan:
    """Return the plan that all rows ask for: the same, where the first rows told the truth."""
    kinds, offsets, written = dict(plan.kinds), dict(plan.offsets), dict(plan.written)
    for name, column in found.columns.items():
        verdict = column_verdict(column, columns.get(name, ""))
        if isinstance(column, Numbers):
            mean, spread = column.spread(len(found.numbers))
            if abs(mean) * _LOSS > spread > 0:
                offsets[name] = float(np.round(offsets.get(name, 0.0) + mean))
        if name not in columns:
            kinds[name] = "number" if verdict.kind == "number" else "text"
        if verdict.written != written.get(name, PLAIN):
            written[name] = verdict.written  # from now on each cell is looked at
    numeric = {name for name, kind in kinds.items() if kind == "number"}
    offsets = {name: offset for name, offset in offsets.items() if name in numeric}
    written = {name: each for name, each in written.items() if name in numeric}
    return replace(plan, kinds=kinds, offsets=offsets, written=written)


def column_verdict(column: Numbers | Texts, said: str) -> Verdict:
    """Return what a column is, from all its cells and from what the user says."""
    if isinstance(column, Numbers):
        return column.verdict(forced=said in DECIMALS, decimal=DECIMALS.get(said, ""))
    return Verdict("text") if said or not column.said else column.verdict()
