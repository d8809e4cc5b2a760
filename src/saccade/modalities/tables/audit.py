"""Table → Audit: what is wrong with the rows, before an autoencoder learns them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from saccade.core.audit import Audit
from saccade.core.finding import Finding, plural, worst_first
from saccade.core.shell_words import shell_word
from saccade.modalities.tables.duplicate_rows import same_rows
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.table import ANOMALY, NORMAL, TABLE_SPLITS, Table

TELLS_ALL = 0.995
"""ROC AUC of one column alone from which it looks like the label in another form."""

LEAST_ANOMALIES = 10
"""Labelled anomalies that such a number needs."""

MOSTLY_MISSING = 0.5
ROWS_A_FEATURE = 10
EXAMPLES, ALIKE = 200, 8
"""Groups of equal rows that a finding names, and rows of each."""

WORTH_A_WARNING = 0.01
"""Share of the rows: fewer skipped, or duplicates of fewer, are good to know only."""


def audit_rows(table: Table, *, quiet: bool = False) -> Audit:
    """Return what is wrong with a table and its split, the worst first.

    Of the test split only this is looked at: whether its rows stand in another split too, and how many there are.

    Args:
        table: with splits and a fitted schema.
        quiet: for all that take long; this does not.
    """
    checks = (_skipped_rows, _duplicates, _columns_that_tell_all, _mostly_missing, _too_few)
    findings = [finding for check in checks for finding in check(table)]
    return Audit(
        name=table.name,
        source=table.source,
        content_hash=table.content_hash,
        facts={
            "options": _options(table.schema),
            "counts": table.counts(),
            "columns": [_fact(column) for column in table.schema.columns],
        },
        findings=worst_first(findings),
        not_tested=() if (table.labels == ANOMALY).any() else (_UNLABELLED,),
        notes=table.notes,
    )


_UNLABELLED = (
    "No anomaly is labelled, so nothing can say how many are found; the threshold is chosen by the false alarms that "
    "it would give. Name the column that says it with --label."
)


def _options(schema: Schema) -> str:
    """Return what a command needs to read the table like this."""
    named = {
        "--label": schema.label, "--normal": schema.normal, "--time": schema.time, "--time-format": schema.time_format
    }  # fmt: skip
    return "".join(f" {option} {shell_word(value)}" for option, value in named.items() if value)


def _fact(column: Any) -> dict[str, Any]:
    return {"name": column.name, "kind": column.kind, "missing": column.missing}


def _skipped_rows(table: Table) -> Iterator[Finding]:
    if table.skipped_count:
        share = table.skipped_count / (len(table) + table.skipped_count)
        yield Finding(
            kind="rows_skipped",
            severity="warning" if share >= WORTH_A_WARNING else "note",
            title=f"{table.skipped_count:,} rows ({share:.2%}) could not be read and are left out; the first: "
            f"{table.skipped_items[0].name}: {table.skipped_items[0].reason}",
            advice="A row that cannot be read may well be an anomaly: repair the file, or say what its columns are "
            "(columns.NAME=category).",
            share=share,
            values={"rows": table.skipped_count},
        )


def _duplicates(table: Table) -> Iterator[Finding]:
    """Yield what is wrong with rows that are equal in every column."""
    groups = same_rows(table.values, np.arange(len(table)))
    in_train = np.isin(groups, groups[np.isin(table.splits, ["train", "validation"])])
    for split in ("calibration", "test"):
        rows = table.rows(split)
        leaked = rows[in_train[rows]]
        if len(leaked):
            share, anomalies = len(leaked) / len(rows), int((table.labels[leaked] == ANOMALY).sum())
            yield Finding(
                kind="duplicates_across_splits",
                severity="warning" if share >= WORTH_A_WARNING else "note",
                title=f"{len(leaked):,} of {len(rows):,} {split} rows ({share:.2%}) stand in training too, "
                f"{anomalies:,} of them labelled as anomalies.",
                advice="The network has seen them: normal ones make false alarms look rarer than they are. Without a "
                "time column, equal rows are kept in one split (split=pooled cuts given splits anew).",
                share=share,
                values={"split": split, "rows": len(leaked), "anomalies": anomalies},
                examples=()
                if split == "test"
                else _alike(table, groups, groups[leaked], ("train", "validation", split)),
                count=len(leaked),
            )
    yield from _contradictions(table, groups)


def _contradictions(table: Table, groups: np.ndarray[Any, Any]) -> Iterator[Finding]:
    known = table.splits != "test"
    both = np.intersect1d(groups[known & (table.labels == ANOMALY)], groups[known & (table.labels == NORMAL)])
    if len(both):
        rows = int(np.isin(groups[known], both).sum())
        yield Finding(
            kind="duplicates_with_other_labels",
            severity="warning",
            title=f"{plural(rows, 'row is', 'rows are')} equal in every column to another one with the other label.",
            advice="No network can tell them apart. Look at the labels, or add the column that makes the difference.",
            share=rows / len(table),
            values={"rows": rows},
            examples=_alike(table, groups, both, tuple(each for each in TABLE_SPLITS if each != "test")),
            count=rows,
        )


def _alike(
    table: Table, groups: np.ndarray[Any, Any], which: np.ndarray[Any, Any], splits: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the numbers of rows that are equal to each other, a group each, of some splits; the first groups."""
    chosen = np.unique(which)[:EXAMPLES]
    rows = np.flatnonzero(np.isin(groups, chosen) & np.isin(table.splits, splits))
    found = {group: list[str]() for group in chosen.tolist()}
    for row in rows.tolist():
        found[int(groups[row])].append(str(table.numbers[row]))
    return tuple(tuple(each[:ALIKE]) for each in found.values())


def _columns_that_tell_all(table: Table) -> Iterator[Finding]:
    """Yield columns that alone tell the labelled anomalies of the calibration split from its normal rows."""
    rows = table.rows("calibration")
    rows = rows[table.labels[rows] >= 0]
    strange = table.labels[rows] == ANOMALY
    if not LEAST_ANOMALIES <= strange.sum() < len(rows):
        return
    for position, column in enumerate(table.schema.columns):
        values = np.nan_to_num(table.values[rows, position].astype(np.float64), nan=column.center)
        score = roc_auc_score(strange, values)
        if max(score, 1 - score) >= TELLS_ALL:
            yield Finding(
                kind="column_tells_all",
                severity="severe",
                title=f"The column '{column.name}' alone tells anomalies from normal rows (ROC AUC "
                f"{max(score, 1 - score):.4f}).",
                advice=f"If it is known only after the fact, it is the label in another form: leave it out with "
                f"{shell_word(f'columns.{column.name}=ignore')}. If not, no network is needed.",
                share=1.0,
                values={"column": column.name, "roc_auc": float(score)},
            )


def _mostly_missing(table: Table) -> Iterator[Finding]:
    for column in table.schema.columns:
        share = column.missing / max(1, table.schema.rows)
        if share > MOSTLY_MISSING:
            yield Finding(
                kind="mostly_missing",
                severity="note",
                title=f"'{column.name}' is missing in {share:.0%} of the training rows.",
                advice=f"It then says little more than whether it is there. Leave it out with "
                f"{shell_word(f'columns.{column.name}=ignore')} if it should not.",
                share=share,
                values={"column": column.name, "share": share},
            )


def _too_few(table: Table) -> Iterator[Finding]:
    rows, columns = len(table.rows("train")), len(table.schema.columns)
    if rows < ROWS_A_FEATURE * columns:
        yield Finding(
            kind="few_rows",
            severity="warning",
            title=f"There are {rows:,} training rows for {columns:,} columns.",
            advice="An autoencoder learns such rows by heart. Compare it with the simple detectors that `saccade "
            "evaluate` puts beside it.",
            share=1.0,
            values={"rows": rows, "columns": columns},
        )
    empty = [split for split in TABLE_SPLITS if split not in table.splits]
    if empty:
        yield Finding(
            kind="no_rows",
            severity="warning",
            title=f"No rows are left for {' and '.join(empty)}.",
            advice="Without calibration there is no threshold, without test no honest score: lower the other splits.",
            values={"splits": empty},
        )
