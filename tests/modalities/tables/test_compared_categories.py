"""Categories are compared as values, whatever format and program they come from; a new one keeps its name."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from saccade.modalities.tables.memory import open_rows
from saccade.modalities.tables.reading import encoded_batches, encoded_rows, load_table
from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.streaming import batches

CODES = Schema((Column("code", "category", ("1", "2.5", "01", "true", "ATM")), Column("a", "number")), rows=9)

SAME = {
    "1": ["1", "1.0", "1.00", " 1 ", 1, 1.0, "1e0"],
    "2.5": ["2.5", "2.50", 2.5],
    "01": ["01"],
    "true": ["true", "True", "TRUE", True],
    "ATM": ["ATM", " ATM"],
}
PAIRS = [(place, cell) for place, cells in enumerate(SAME.values()) for cell in cells]


@pytest.mark.parametrize(("place", "cell"), PAIRS)
def test_equal_values_are_one_category(write, tmp_path, place, cell):
    frame = pl.DataFrame({"code": [cell], "a": [1.0]})
    frame.write_parquet(tmp_path / "new.parquet")
    frame.write_csv(tmp_path / "new.csv")
    found = [next(encoded_batches(tmp_path / name, CODES)) for name in ("new.csv", "new.parquet")]
    found.append(encoded_rows([{"code": cell, "a": 1}], CODES))
    found.append(next(batches(open_rows({"code": [cell], "a": [1]}, CODES), CODES, "rows")))
    assert [batch.values[0, 0] for batch in found] == [place] * 4
    assert [dict(batch.unseen_texts) for batch in found] == [{}] * 4


@pytest.mark.parametrize("cell", ["001", "10", "1.1", "atm", "crypto"])
def test_a_new_category_is_called_by_its_name(cell):
    batch = encoded_rows([{"code": "ATM", "a": 1}, {"code": cell, "a": 1}], CODES)
    assert batch.values[:, 0].tolist() == [4, 5]
    assert batch.unseen_texts[0].tolist() == [None, cell]
    column = CODES.columns[0]
    assert column.shown(5, cell) == f"'{cell}', not seen in training"
    assert replace(column, counts=(4, 2, 1, 1, 1, 3)).shown(5, cell) == f"'{cell}', rare or not seen in training"


def test_names_of_new_categories_stay_with_their_rows(write):
    cells = ["ATM", "x", "1", "y", "ATM", "ATM", "z"]
    path = write("code,a\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells)))
    found = list(encoded_batches(path, CODES, rows=2))
    texts = [
        text
        for batch in found
        for text in (batch.unseen_texts[0] if 0 in batch.unseen_texts else [None] * len(batch.values))
    ]
    assert texts == [None, "x", None, "y", None, None, "z"]


def test_a_gap_makes_no_other_categories_of_the_training_data(write):
    table = load_table(write("code,a\n1,1\n2.0,4\n1.0,3\n2,8\n,2\n01,5\n"), columns={"code": "category"})
    assert table.schema.columns[0].categories == ("1", "2", "01")


def test_an_older_schema_that_says_1_0_still_finds_it():
    old = Schema((Column("code", "category", ("7", "1.0", "None")), Column("a", "number")))
    values = encoded_rows([{"code": "1.0", "a": 1}, {"code": 1, "a": 1}, {"code": "7.0", "a": 1}], old).values
    assert values[:, 0].tolist() == [1, 1, 0]


def test_durations_are_seconds_and_what_holds_several_values_is_left_out(tmp_path):
    frame = pl.DataFrame(
        {
            "a": [1, 5, 2, 9],
            "took": pl.Series([1_500, None, 3_000, 250]).cast(pl.Duration("ms")),
            "each": [[1], [], [2, 3], None],
            "pair": [{"x": 1}] * 4,
            "raw": [b"1", b"2", b"3", b"4"],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    table = load_table(tmp_path / "a.parquet")
    assert table.schema.names == ("a", "took")
    assert np.array_equal(table.values[:, 1], np.array([1.5, np.nan, 3, 0.25], np.float32), equal_nan=True)
    assert table.notes == (
        "'took' holds durations: they are read as seconds.",
        "Not used, its cells are lists: 'each'.",
        "Not used, its cells are structs: 'pair'.",
        "Not used, its cells are bytes: 'raw'.",
    )
    rows = next(batches(open_rows(frame.select("a", "took"), table.schema), table.schema, "rows"))
    assert np.array_equal(rows.values, table.values, equal_nan=True)
