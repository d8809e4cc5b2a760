"""Rows of a table, found by split, label, finding, or what a column holds; never those of the test split."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.studio.looked_data import Looked

PAGE = 50
"""Rows that are shown at once."""

MOST_COLUMNS = 60

CONDITIONS = (("missing", "is missing"), ("is", "is"), ("least", "is at least"), ("most", "is at most"))

COMPARED: Mapping[str, Callable[[Any, float], Any]] = {
    "is": np.isclose,
    "least": np.greater_equal,
    "most": np.less_equal,
}

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class RecordFilter:
    """What is asked for; "" is anything.

    Attributes:
        split: its name.
        label: its name.
        finding: its number in the audit.
        column: its name.
        condition: of that column, the first word of one of `CONDITIONS`.
        value: that it is compared with.
        page: from 1.
    """

    split: str = ""
    label: str = ""
    finding: str = ""
    column: str = ""
    condition: str = ""
    value: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "RecordFilter":
        """Return what the words of an address ask for."""
        words = {
            name: query.get(name, "").strip() for name in ("split", "label", "finding", "column", "condition", "value")
        }
        page = query.get("page", "")
        return cls(**words, page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 9 else 1)


@dataclass(frozen=True)
class ShownRecords:
    """A page of rows.

    Attributes:
        columns: names of those that are shown.
        rows: "name", "split", "label" and "cells", a text each.
        count: rows that fit.
        all: rows that there are, without those of the test split.
        pages: of the rows that fit.
        wrong: what cannot be asked like this; "" where all is well.
        splits, labels, findings, choices: (value, text) to choose from.
    """

    columns: list[str]
    rows: list[Json]
    count: int
    all: int
    pages: int
    wrong: str
    splits: list[tuple[str, str]] = field(default_factory=list)
    labels: list[tuple[str, str]] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    conditions: tuple[tuple[str, str], ...] = CONDITIONS


def shown_records(looked: Looked, wanted: RecordFilter) -> ShownRecords:
    """Return the rows that fit, those of one page."""
    arrays, columns, wrong = looked.rows(), looked.view["records"], ""
    try:
        fits = np.flatnonzero(_fits(looked, arrays, columns, wanted))
    except DataError as error:
        fits, wrong = np.empty(0, np.int64), str(error)
    rows = fits[(wanted.page - 1) * PAGE : wanted.page * PAGE]
    classes, found = looked.view["classes"], looked.findings()
    present = set(np.unique(arrays["splits"]).tolist()), set(np.unique(arrays["labels"]).tolist())
    return ShownRecords(
        columns=[each["name"] for each in columns[:MOST_COLUMNS]],
        rows=[_row(looked, arrays, columns, classes, int(row)) for row in rows],
        count=len(fits),
        all=len(arrays["names"]),
        pages=max(1, -(-len(fits) // PAGE)),
        wrong=wrong,
        splits=[(each, each) for each in sorted(present[0]) if each],
        labels=[(text, text) for at, text in enumerate(classes) if at in present[1]],
        findings=[(str(at), each["title"]) for at, each in enumerate(found) if each["rows"]],
        choices=[(each["name"], each["name"]) for each in columns],
    )


def _fits(looked: Looked, arrays: Mapping[str, NDArray[Any]], columns: list[Json], wanted: RecordFilter) -> Rows:
    fits = np.ones(len(arrays["names"]), np.bool_)
    if wanted.split:
        fits &= arrays["splits"] == wanted.split
    classes = looked.view["classes"]
    if wanted.label in classes:
        fits &= arrays["labels"] == classes.index(wanted.label)
    if wanted.finding.isdecimal():
        found = looked.findings()[int(wanted.finding) : int(wanted.finding) + 1]
        fits &= np.isin(np.arange(len(fits)), found[0]["rows"] if found else [])
    at = next((at for at, each in enumerate(columns) if each["name"] == wanted.column), None)
    if at is not None and wanted.condition:
        fits &= _holds(np.asarray(looked.values()[:, at], np.float64), columns[at], wanted)
    elif wanted.condition == "missing":
        fits &= np.isnan(looked.values()).any(axis=1)
    return fits


def _holds(values: NDArray[np.float64], column: Json, wanted: RecordFilter) -> Rows:
    """Return where a column holds what is asked for; raises DataError for a value that it cannot hold."""
    if wanted.condition == "missing":
        return np.isnan(values)
    if not wanted.value or wanted.condition not in COMPARED:
        return np.ones(len(values), np.bool_)
    number = _code(column, wanted) if column["texts"] else _number(column, wanted)
    with np.errstate(invalid="ignore"):
        return np.asarray(COMPARED[wanted.condition](values, number), np.bool_)


def _number(column: Json, wanted: RecordFilter) -> float:
    try:
        return float(wanted.value) - float(column["offset"])
    except ValueError:
        raise DataError(f"'{column['name']}' holds numbers, and '{wanted.value[:40]}' is none.") from None


def _code(column: Json, wanted: RecordFilter) -> float:
    texts = [text.casefold() for text in column["texts"]]
    if wanted.condition != "is":
        raise DataError(f"'{column['name']}' holds names, which are neither more nor less. Choose 'is'.")
    if wanted.value.casefold() not in texts:
        some = ", ".join(column["texts"][:8])
        raise DataError(f"'{column['name']}' never holds '{wanted.value[:40]}'. It holds: {some}.")
    return float(texts.index(wanted.value.casefold()))


def _row(looked: Looked, arrays: Mapping[str, NDArray[Any]], columns: list[Json], classes: list[str], row: int) -> Json:
    values = looked.values()[row, :MOST_COLUMNS].tolist()
    return {
        "name": str(arrays["names"][row]),
        "split": str(arrays["splits"][row]),
        "label": classes[int(arrays["labels"][row])],
        "cells": [_cell(column, value) for column, value in zip(columns, values, strict=False)],
    }


def _cell(column: Json, value: float) -> str:
    """Return a value as a person would write it, "" where it is missing."""
    if math.isnan(value):
        return ""
    if texts := column["texts"]:
        return str(texts[int(value)]) if int(value) < len(texts) else "other"
    return f"{value + column['offset']:.{12 if column['offset'] else 6}g}"
