"""What an audit finds in tables."""

from dataclasses import replace

import numpy as np
import pytest

from saccade.core.dataset import SkippedItem
from saccade.modalities.tables.audit import audit_rows
from saccade.modalities.tables.fitting import fit_schema
from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.table import Table

SPLITS = ("train", "validation", "calibration", "test")


@pytest.fixture
def table():
    """Return 500 rows of three columns, 20 of them anomalies, in which nothing is wrong."""
    rng = np.random.default_rng(0)
    splits = np.repeat(SPLITS, [300, 50, 75, 75])
    labels = np.zeros(500, np.int64)
    labels[[*range(350, 365), *range(425, 440)]] = 1
    return fit_schema(
        Table(
            name="rows",
            source="rows.csv",
            schema=Schema(tuple(Column(name, "number") for name in ("a", "b", "c")), label="bad"),
            values=rng.normal(size=(500, 3)).astype(np.float32),
            labels=labels,
            numbers=np.arange(1, 501),
            splits=splits,
            content_hash="x",
        )
    )


def kinds(table):
    return [finding.kind for finding in audit_rows(table).findings]


def test_nothing_is_found_where_nothing_is_wrong(table):
    assert kinds(table) == []
    assert "nothing found" in audit_rows(table).to_text()


def test_rows_that_stand_in_training_too_are_counted(table):
    values = table.values.copy()
    values[430:433] = values[0:3]  # anomalies of the test split
    (finding,) = audit_rows(replace(table, values=values)).findings
    assert (finding.kind, finding.severity) == ("duplicates_across_splits", "warning")
    assert finding.values == {"split": "test", "rows": 3, "anomalies": 3}


def test_equal_rows_with_both_labels_are_said(table):
    values = table.values.copy()
    values[351] = values[400]
    assert kinds(replace(table, values=values)) == ["duplicates_with_other_labels"]


def test_labels_of_the_test_part_are_not_read(table):
    values = table.values.copy()
    values[426] = values[480]
    values[table.labels == 1, 0] += np.where(np.flatnonzero(table.labels == 1) >= 425, 100, 0)
    assert kinds(replace(table, values=values)) == []


def test_a_column_that_tells_all_is_severe(table):
    values = table.values.copy()
    values[:, 1] = np.where(table.labels == 1, -50, values[:, 1])
    (finding,) = audit_rows(replace(table, values=values)).findings
    assert (finding.kind, finding.severity, finding.values["column"]) == ("column_tells_all", "severe", "b")


def test_rows_put_aside_are_a_warning_when_they_are_many(table):
    skipped = replace(table, skipped_count=3, skipped_items=(SkippedItem("row 7", "'x' is no number"),))
    assert [(each.kind, each.severity) for each in audit_rows(skipped).findings] == [("rows_skipped", "note")]
    assert audit_rows(replace(skipped, skipped_count=30)).findings[0].severity == "warning"


def test_mostly_missing_columns_and_few_rows_are_said(table):
    values = table.values.copy()
    values[:250, 2] = np.nan
    assert kinds(fit_schema(replace(table, values=values))) == ["mostly_missing"]
    splits = np.where(np.arange(500) < 280, "", table.splits)
    assert kinds(fit_schema(replace(table, splits=splits))) == ["few_rows"]


def test_a_part_without_rows_is_said(table):
    splits = np.where(table.splits == "calibration", "train", table.splits)
    assert "no_rows" in kinds(replace(table, splits=splits))


def test_without_labels_the_audit_says_what_it_cannot_know(table):
    unlabelled = replace(table, labels=np.full(500, -1))
    assert "--label" in audit_rows(unlabelled).not_tested[0]


def test_what_was_said_of_the_columns_is_said_again(table):
    noted = replace(table, notes=("Not used, the same in every row: 'country'.",))
    assert audit_rows(noted).notes == noted.notes
