import tracemalloc
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saccade.core.errors import DataError
from saccade.modalities.tables import csv_files, streaming
from saccade.modalities.tables.fitting import fit_schema
from saccade.modalities.tables.reading import encoded_batches, encoded_rows, load_table
from saccade.modalities.tables.schema import Column, Schema
from saccade.tasks.anomaly_detection.splitting import split_table

SCHEMA = Schema(
    (
        Column("amount", "number", offset=100.0),
        Column("channel", "category", categories=("card", "ATM")),
        Column("abroad", "boolean"),
    ),
    label="fraud",
    time="when",
    ignored=("id",),
    rows=10,
)
NEW = "when,amount,channel,abroad,fraud,id\n1,112.5,ATM,yes,0,a\n2,,online,no,1,b\n3,3,,,,c\n"
VALUES = np.array([[12.5, 1, 1], [np.nan, 2, 0], [-97, np.nan, np.nan]], np.float32)


def only(batches):
    (batch,) = batches
    return batch


def read(path, schema=SCHEMA, **options):
    return list(encoded_batches(path, schema, **options))


def test_a_new_file_is_brought_to_the_schema(write):
    batch = only(read(write(NEW)))
    assert np.array_equal(batch.values, VALUES, equal_nan=True)
    assert batch.numbers.tolist() == [1, 2, 3]
    assert batch.labels.tolist() == [0, 1, -1]
    assert batch.times.tolist() == [1, 2, 3]
    assert batch.skipped_items == batch.notes == ()


def test_what_was_read_for_training_is_read_the_same_from_the_file(write):
    rng = np.random.default_rng(0)
    few = {"text": list("abcd"), "flag": ["yes", "no", ""], "sparse": ["", "7", "9"]}
    rows = [f"{5e8 + rng.normal()!r},{','.join(rng.choice(each) for each in few.values())}" for _ in range(400)]
    path = write("far,text,flag,sparse\n" + "\n".join(rows))
    table = fit_schema(split_table(load_table(path)))
    batches = read(path, table.schema, rows=37)
    assert np.array_equal(np.concatenate([each.values for each in batches]), table.values, equal_nan=True)
    assert {len(each.values) for each in batches[:-1]} == {37}


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from(["1", "2.5", "", "NA", "x", "1e300", " 7"]),
            st.sampled_from(["card", "ATM", "other", "", '"a\nb"', "é"]),
            st.sampled_from(["yes", "no", "1.0", "", "maybe"]),
        ),
        min_size=1,
        max_size=30,
    ),
    block=st.integers(1, 60),
)
def test_a_row_never_depends_on_the_rows_beside_it(tmp_path, cells, block):
    path = tmp_path / "new.csv"
    schema = replace(SCHEMA, columns=(*SCHEMA.columns, Column("sure", "number")))
    path.write_text("amount,channel,abroad,sure\n" + "".join(f"{','.join(row)},5\n" for row in cells))
    with pytest.MonkeyPatch.context() as patch:
        # a file of which most cells are of another kind is refused, and that does depend on the others
        patch.setattr("saccade.modalities.tables.streaming.refuse_other_kind", lambda *_: None)
        try:
            whole = only(read(path, schema))
        except DataError as error:
            assert "None of the" in str(error)
            return
        patch.setattr(csv_files, "BLOCK", max(block, 30))
        for rows in (1, 7):
            batches = read(path, schema, rows=rows)
            for name in ("values", "numbers"):
                joined = np.concatenate([getattr(batch, name) for batch in batches])
                assert np.array_equal(joined, getattr(whole, name), equal_nan=True)
            skipped = [row.name for batch in batches for row in batch.skipped_items]
            assert skipped == [row.name for row in whole.skipped_items]
            assert all(len(batch.values) == rows for batch in batches[:-1])
        one = tmp_path / "one.csv"
        for place, number in enumerate(whole.numbers):
            one.write_text(f"amount,channel,abroad,sure\n{','.join(cells[number - 1])},5\n")
            assert np.array_equal(only(read(one, schema)).values[0], whole.values[place], equal_nan=True)


def test_other_columns_and_another_order_are_dealt_with_and_said(write):
    path = write("new,abroad,amount,channel\n7,yes,112.5,ATM\n8,no,,online\n9,,3,\n")
    batch = only(read(path))
    assert np.array_equal(batch.values, VALUES, equal_nan=True)
    assert batch.labels is None
    assert batch.times is None
    assert batch.notes == (
        f"The columns of {path} are in another order than in training; they were found by name.",
        "Columns that the training data did not have are not used: 'new'.",
    )


def test_notes_come_once(write):
    batches = read(write("channel,abroad,amount\nATM,yes,1\nATM,no,2\n"), rows=1)
    assert [len(batch.notes) for batch in batches] == [1, 0]


def test_missing_columns_are_refused_with_the_difference(write):
    path = write("Amount,chanel,country\n1,ATM,DE\n")
    with pytest.raises(DataError) as error:
        read(path)
    assert str(error.value) == (
        f"{path} lacks 3 of the 3 columns that the network was trained on: 'amount', 'channel', 'abroad'. It has "
        "'Amount', 'chanel', 'country' instead. Rename 'Amount' to 'amount', 'chanel' to 'channel'?"
    )


def test_a_column_that_holds_something_else_is_refused(write):
    with pytest.raises(DataError, match="'amount' of .* expected a number, found 'high'"):
        read(write("amount,channel,abroad\nhigh,ATM,yes\nlow,card,no\n"))
    with pytest.raises(DataError, match="'abroad' of .* expected a boolean, found 'DE'"):
        read(write("amount,channel,abroad\n1,ATM,DE\n2,card,FR\n"))


def test_another_type_with_the_same_meaning_is_read(tmp_path):
    frame = pl.DataFrame({"amount": ["112.5", None, "3"], "channel": ["ATM", "online", None], "abroad": [1, 0, None]})
    frame.with_columns(pl.col("channel").cast(pl.Categorical)).write_parquet(tmp_path / "new.parquet")
    assert np.array_equal(only(read(tmp_path / "new.parquet")).values, VALUES, equal_nan=True)


def test_rows_that_cannot_be_read_are_put_aside_and_the_last_go_with_the_last_batch(write):
    batches = read(write(NEW + "4,abc,ATM,no,0,d\n5,1,ATM,no,0,e,f\n6,1,ATM,perhaps,0,e\n"), rows=1)
    assert [batch.numbers.tolist() for batch in batches] == [[1], [2], [3]]
    skipped = [row for batch in batches for row in batch.skipped_items]
    assert [(row.name, row.reason) for row in skipped] == [
        ("row 4", "'amount' is 'abc', which is no finite number."),
        ("row 5", "the row has more fields than the header."),
        ("row 6", "'abroad' is 'perhaps', which is neither yes nor no."),
    ]


def test_labels_and_times_that_cannot_be_read_cost_no_row(write):
    batch = only(read(write("amount,channel,abroad,fraud,when\n1,ATM,no,pending,soon\n2,ATM,no,1,5\n")))
    assert batch.labels.tolist() == [-1, 1]
    assert np.array_equal(batch.times, [np.nan, 5], equal_nan=True)


def test_the_label_that_means_normal_is_remembered(write):
    path = write("amount,channel,abroad,fraud\n1,ATM,no,benign\n2,ATM,no,scan\n3,ATM,no,\n")
    assert only(read(path, replace(SCHEMA, normal="benign"))).labels.tolist() == [0, 1, -1]


def test_a_file_without_any_row_that_can_be_read_is_an_error(write):
    with pytest.raises(DataError, match="None of the 2 rows .* The first, row 1: no input has a value"):
        read(write("amount,channel,abroad\n,,\n,,\n"))


@pytest.mark.heavy
def test_memory_does_not_grow_with_the_file(write, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK", 1 << 14)
    peaks = []
    for rows in (4_000, 80_000):
        path = write("amount,channel,abroad\n" + "112.5,ATM,yes\n" * rows)
        tracemalloc.start()
        assert sum(len(batch.values) for batch in encoded_batches(path, SCHEMA, rows=1000)) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_of_many_bad_rows_the_first_are_named_and_all_counted(write, monkeypatch):
    monkeypatch.setattr(streaming, "MOST_REASONS", 2)
    batch = only(read(write("amount,channel,abroad\n1,ATM,no\n" + "2,ATM,no,1\n" * 9)))
    assert batch.skipped_count == 9
    assert [row.name for row in batch.skipped_items] == ["row 2", "row 3"]


def test_rows_of_a_request_are_read_like_those_of_a_file():
    rows = [
        {"amount": 112.5, "channel": "ATM", "abroad": True, "fraud": 0},
        {"channel": "online", "abroad": False, "fraud": 1},
        {"abroad": None, "channel": None, "amount": "3"},
    ]
    batch = encoded_rows(rows, SCHEMA)
    assert np.array_equal(batch.values, VALUES, equal_nan=True)
    assert batch.labels.tolist() == [0, 1, -1]


def test_a_request_without_what_is_needed_says_so():
    with pytest.raises(DataError, match="There is no row. Expected objects with the columns 'amount'"):
        encoded_rows([], SCHEMA)
    with pytest.raises(DataError, match="the request lacks the column 'abroad'"):
        encoded_rows([{"amount": 1, "channel": "ATM"}], SCHEMA)
    batch = encoded_rows(
        [{"amount": "x", "channel": "ATM", "abroad": True}, *[dict.fromkeys(SCHEMA.names, 1)] * 3], SCHEMA
    )
    assert batch.skipped_items[0].reason == "'amount' is 'x', which is no finite number."
