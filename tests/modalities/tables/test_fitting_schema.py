import math
from dataclasses import replace

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables import fitting
from saccade.modalities.tables.fitting import MOST_CATEGORIES, fit_schema
from saccade.modalities.tables.schema import Column

TRAIN = ["train"] * 6 + ["test"] * 2
NUMBER = (Column("x", "number"),)


def test_only_normal_training_rows_are_looked_at(make_table):
    table = make_table([1, 2, 3, math.nan, 900, 4, 800, 700], labels=[0, 0, -1, 0, 1, 0, 0, 0], splits=TRAIN)
    (column,) = fit_schema(table).schema.columns
    assert (column.center, column.missing) == (2.5, 1)
    assert column.scale == pytest.approx(math.sqrt(1.25))
    assert (column.low, column.middle, column.high) == pytest.approx((1.03, 2.5, 3.97))
    assert fit_schema(table).schema.rows == 5


def test_the_values_of_other_parts_change_nothing(make_table):
    one = make_table([1, 2, 3, 4, 5, 6, 7, 8], splits=TRAIN)
    other = make_table([1, 2, 3, 4, 5, 6, -7, math.nan], splits=TRAIN)
    assert fit_schema(one).schema == fit_schema(other).schema


def test_a_constant_column_has_the_scale_one(make_table):
    # of equal float32 numbers, the computed deviation need not be zero
    (column,) = fit_schema(make_table([0.1] * 8, splits=TRAIN)).schema.columns
    assert column.scale == 1
    assert column.center == pytest.approx(0.1)


def test_a_column_without_training_values_is_still_defined(make_table):
    (column,) = fit_schema(make_table([math.nan] * 6 + [1, 2], splits=TRAIN)).schema.columns
    assert (column.center, column.scale, column.missing) == (0, 1, 6)


def test_categories_are_those_of_training_the_most_frequent_first(make_table):
    columns = (Column("c", "category", categories=("a", "b", "c", "d")),)
    table = fit_schema(make_table([0, 1, 1, 2, 1, 2, 3, 0], splits=TRAIN, columns=columns))
    (column,) = table.schema.columns
    assert column.categories == ("b", "c", "a")
    assert column.counts == (3, 2, 1, 0)
    assert table.values[:, 0].tolist() == [2, 0, 0, 1, 0, 1, 3, 2]  # d was never seen in training: other


def test_missing_categories_stay_missing(make_table):
    columns = (Column("c", "category", categories=("a", "b")),)
    table = fit_schema(make_table([1, math.nan, 1, 0, 1, 1, math.nan, 0], splits=TRAIN, columns=columns))
    assert np.array_equal(table.values[:, 0], np.array([0, np.nan, 0, 1, 0, 0, np.nan, 1]), equal_nan=True)
    assert table.schema.columns[0].missing == 1


def test_more_categories_than_can_be_told_apart_are_other(make_table):
    codes = np.concatenate([np.arange(150), np.arange(120)])
    columns = (Column("c", "category", categories=tuple(f"{code:03d}" for code in range(150))),)
    table = fit_schema(make_table(codes, splits=["train"] * len(codes), columns=columns))
    (column,) = table.schema.columns
    assert column.categories == tuple(f"{code:03d}" for code in range(MOST_CATEGORIES))
    assert column.counts == (2,) * 100 + (20 * 2 + 30,)
    assert set(table.values[codes >= 100, 0].tolist()) == {100}


def test_of_a_boolean_the_share_is_known(make_table):
    table = make_table([0, 1, 1, math.nan, 1, 0, 1, 1], splits=TRAIN, columns=(Column("b", "boolean"),))
    (column,) = fit_schema(table).schema.columns
    assert (column.center, column.counts, column.missing) == (0.6, (2, 3), 1)


def test_fitting_again_changes_nothing(make_table):
    columns = (Column("c", "category", categories=("a", "b", "c")), Column("x", "number"))
    values = np.array([[2, 1], [2, 5], [1, 7], [2, 1], [1, 2], [2, 2], [0, 9], [1, 3]])
    first = fit_schema(make_table(values, splits=TRAIN, columns=columns))
    again = fit_schema(first)
    assert again.schema == first.schema
    assert (again.values == first.values).all()


def test_new_codes_of_a_large_table_lie_on_the_disk(make_table, monkeypatch):
    columns = (Column("c", "category", categories=("a", "b", "c")),)
    table = make_table([2, 2, 2, 1, 1, 0, 0, 1], splits=TRAIN, columns=columns)
    expected = fit_schema(table).values
    monkeypatch.setattr(fitting, "_LARGE", 0)
    found = fit_schema(table).values
    assert isinstance(found, np.memmap)
    assert (found == expected).all()
    other = fit_schema(replace(table, splits=np.array(["train", "", "", "train", "train", "", "", ""]))).values
    assert other[:, 0].tolist() != expected[:, 0].tolist()


def test_values_that_float32_made_coarse_are_noted(make_table):
    values = np.array([1e8, 1e8 + 8, 1e8 + 16, 1e8, 1e8 + 8, 1e8 + 24, 0, 0])
    (note,) = fit_schema(make_table(values, splits=TRAIN)).notes
    assert "'x0'" in note
    assert "more than a thousandth of their spread is lost" in note


def test_without_normal_training_rows_there_is_nothing_to_fit(make_table):
    with pytest.raises(DataError, match="no normal training rows"):
        fit_schema(make_table([1, 2], splits=["test", "test"], columns=NUMBER))
