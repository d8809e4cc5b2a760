import csv
import gzip
import io
import math
import string
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saccade.core.errors import DataError
from saccade.modalities.tables import csv_files, first_pass, npz_files, parquet_files, type_inference
from saccade.modalities.tables.reading import load_table

MIXED = "amount,channel,abroad\n12.5,card,yes\n,ATM,no\n3,card,\n1e3,,no\n-4,online,yes\n"


def kinds(table):
    return {column.name: column.kind for column in table.schema.columns}


def column(table, name):
    return np.asarray(table.values[:, table.schema.names.index(name)])


def same(first, second):
    return np.array_equal(np.asarray(first.values), np.asarray(second.values), equal_nan=True)


def test_kinds_are_found_and_cells_encoded(write):
    table = load_table(write(MIXED))
    assert kinds(table) == {"amount": "number", "channel": "category", "abroad": "boolean"}
    assert table.schema.columns[1].categories == ("card", "ATM", "online")
    expected = [[12.5, 0, 1], [math.nan, 1, 0], [3, 0, math.nan], [1000, math.nan, 0], [-4, 2, 1]]
    assert np.array_equal(table.values, np.array(expected, np.float32), equal_nan=True)
    assert table.values.dtype == np.float32
    assert table.numbers.tolist() == [1, 2, 3, 4, 5]
    assert table.labels.tolist() == [-1] * 5
    assert set(table.splits) == {""}


@pytest.mark.parametrize(
    "text",
    [
        MIXED.replace(",", ";"),
        MIXED.replace(",", "\t"),
        MIXED.replace(",", "|"),
        MIXED.replace("\n", "\r\n"),
        "\ufeff" + MIXED,
        MIXED.rstrip("\n"),
        MIXED.replace("12.5", '"12.5"').replace("card", '"card"').replace("amount", '"amount"'),
        MIXED.replace("12.5", " 12.5 ").replace("card", " card"),
        MIXED.replace("\n,ATM", "\nNA,ATM").replace("1e3,,", "1e3,?,"),
        MIXED.replace("\n,ATM", "\nnull,ATM").replace("card,\n", "card,NaN\n"),
        MIXED.replace("yes", "True").replace("no\n", "FALSE\n"),
    ],
)
def test_one_table_in_many_dialects_has_the_same_values_and_hash(write, text):
    plain, other = load_table(write(MIXED, "plain.csv")), load_table(write(text, "other.csv"))
    assert same(plain, other)
    assert plain.content_hash == other.content_hash


def test_compressed_csv_is_read_whatever_its_ending(write):
    packed = gzip.compress(MIXED.encode())
    plain = load_table(write(MIXED))
    for name in ("other.csv.gz", "other.csv"):
        table = load_table(write(packed, name))
        assert same(plain, table)
        assert table.name == "other"


def test_parquet_gives_the_same_values_and_hash(write, tmp_path):
    plain = load_table(write(MIXED, "plain.csv"))
    frame = pl.DataFrame(
        {
            "amount": [12.5, None, 3, 1000, -4],
            "channel": pl.Series(["card", "ATM", "card", None, "online"], dtype=pl.Categorical),
            "abroad": [True, False, None, False, True],
        }
    )
    frame.write_parquet(tmp_path / "other.parquet")
    other = load_table(tmp_path / "other.parquet")
    assert same(plain, other)
    assert plain.content_hash == other.content_hash


@pytest.mark.heavy
def test_other_data_have_another_hash(write):
    hashes = {
        load_table(write(text), **options).content_hash
        for text, options in (
            (MIXED, {}),
            (MIXED.replace("12.5", "12.6"), {}),
            (MIXED.replace("card", "Card"), {}),
            (MIXED.replace("amount", "sum"), {}),
            (MIXED, {"label": "abroad"}),
            (MIXED, {"columns": {"abroad": "ignore"}}),
        )
    }
    assert len(hashes) == 6


def outcome(path):
    """Return the table or the message of the error; values in memory, so that the cache can go."""
    try:
        table = load_table(path)
    except DataError as error:
        return str(error).replace(path.name, "the table")
    return replace(table, values=np.array(table.values))


CELLS = st.sampled_from(["", "NA", "x", " x", "é", 'say "hi"', "two\nlines", "a,b", "1", "2.5", "-0", "0", "true"])
NUMBERS = st.one_of(st.floats(-1e9, 1e9).map(repr), st.sampled_from(["", "nan", "?", "7", " 3", "4"]))


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(NUMBERS, CELLS, NUMBERS), min_size=2, max_size=30), block=st.integers(1, 200))
def test_where_a_block_ends_changes_nothing(tmp_path, rows, block):
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b", "c"), *rows])
    path = tmp_path / "table.csv"
    path.write_text(text.getvalue(), newline="")
    tables = []
    for size in (csv_files.BLOCK, max(block, 16)):  # the first block has to hold the header
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as cache:
            patch.setenv("SACCADE_CACHE", cache)
            patch.setattr(csv_files, "BLOCK", size)
            patch.setattr(type_inference, "_HEAD", 4)
            tables.append(outcome(path))
    if isinstance(tables[0], str):
        assert tables[0] == tables[1]
    else:
        assert same(*tables)
        assert tables[0].content_hash == tables[1].content_hash
        assert tables[0].numbers.tolist() == tables[1].numbers.tolist()


NO_NAMES = ("na", "nan", "null", "a", "b", "c")
"""What stands for a missing value, or is the name of a column: a first line that repeats below looks like a row."""

NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=4).filter(lambda name: name not in NO_NAMES)


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)),
            st.one_of(st.none(), NAMES),
            st.one_of(st.none(), st.booleans()),
        ),
        min_size=3,
        max_size=40,
    )
)
def test_csv_and_parquet_agree_on_any_table(tmp_path, data):
    frame = pl.DataFrame(data, schema={"a": pl.Float64, "b": pl.String, "c": pl.Boolean}, orient="row")
    frame.write_csv(tmp_path / "same.csv")
    frame.write_parquet(tmp_path / "same.parquet")
    found = [outcome(tmp_path / name) for name in ("same.csv", "same.parquet")]
    if isinstance(found[0], str):
        assert found[0] == found[1]
    else:
        assert same(*found)
        assert found[0].content_hash == found[1].content_hash
        assert [row.name for row in found[0].skipped_items] == [row.name for row in found[1].skipped_items]


def test_rows_that_cannot_be_read_are_put_aside_with_their_number_and_reason(write):
    good = "".join(f"{row * row},{row % 7}\n" for row in range(100))
    table = load_table(write(f"a,b\n{good}abc,1\n1,inf\n1,2,3\n,\n5,1e39\n6,\n"))
    assert len(table) == 101
    assert table.skipped_count == 5
    assert table.numbers[-1] == 106
    assert {row.name: row.reason for row in table.skipped_items} == {
        "row 101": "'a' is 'abc', which is no finite number.",
        "row 102": "'b' is 'inf', which is no finite number.",
        "row 103": "the row has more fields than the header.",
        "row 104": "no input has a value.",
        "row 105": "'b' is '1e39', which is no finite number.",
    }


def test_all_rows_put_aside_are_counted_and_the_first_are_kept(write, monkeypatch):
    monkeypatch.setattr(first_pass, "MOST_REASONS", 3)
    good = "".join(f"{row * row}\n" for row in range(400))
    table = load_table(write("a\n" + good + "x\n" * 10))
    assert table.skipped_count == 10
    assert [row.name for row in table.skipped_items] == ["row 401", "row 402", "row 403"]


def test_a_column_is_a_number_when_nearly_all_its_values_are(write):
    rows = [str(row * row) for row in range(95)] + ["abc"] * 5
    table = load_table(write("a,b\n" + "".join(f"{cell},{row % 5}\n" for row, cell in enumerate(rows))))
    assert kinds(table) == {"a": "number", "b": "number"}
    assert table.skipped_count == 5
    assert table.notes == ("Rows skipped because a cell is no number that can be read: 5 in 'a'.",)
    rows[0] = "abc"
    path = write("a,b\n" + "".join(f"{cell},{row % 5}\n" for row, cell in enumerate(rows)))
    with pytest.raises(
        DataError,
        match="'a' of .*: a number in 94% of its cells; the others say 'abc' 6. Say what it is: columns.a=number",
    ):
        load_table(path)
    assert load_table(path, columns={"a": "number"}).skipped_count == 6


def test_the_first_rows_do_not_decide_alone(write, monkeypatch):
    monkeypatch.setattr(type_inference, "_HEAD", 10)
    rows = [f"1{row % 2},{row % 3},{row % 2}" for row in range(10)]
    rows += [f"{'ab'[row % 2]},{row % 3},{row % 2 + 5e7}" for row in range(300)]
    table = load_table(write("text,number,far\n" + "\n".join(rows)))
    assert kinds(table) == {"text": "category", "number": "number", "far": "number"}
    assert table.schema.columns[0].categories == ("10", "11", "a", "b")
    assert table.skipped_count == 0
    rows = [f"x{row % 2},{row % 3}" for row in range(10)] + [f"{row % 7},{row % 3}" for row in range(300)]
    table = load_table(write("text,number\n" + "\n".join(rows)))
    assert kinds(table) == {"text": "number", "number": "number"}
    assert table.skipped_count == 10


def test_kinds_can_be_said(write):
    columns = {"amount": "category", "channel": "ignore", "flag": "boolean"}
    table = load_table(write("amount,channel,flag\n1,a,0\n2,b,1.0\n1,a,\n7,a,2\n"), columns=columns)
    assert kinds(table) == {"amount": "category", "flag": "boolean"}
    assert table.schema.columns[0].categories == ("1", "2", "7")
    assert table.schema.ignored == ("channel",)
    assert table.skipped_items[0].reason == "'flag' is '2', which is neither yes nor no."
    assert np.array_equal(column(table, "flag"), np.array([0, 1, np.nan], np.float32), equal_nan=True)


def test_a_number_that_was_said_stays_one_however_many_rows_it_costs(write):
    table = load_table(write("a,b\nx,1\n2,1\ny,5\n4,7\n"), columns={"a": "number"})
    assert kinds(table) == {"a": "number", "b": "number"}
    assert table.numbers.tolist() == [2, 4]


def test_columns_that_say_nothing_are_not_used_and_that_is_said(write):
    rows = "".join(f"{row},abc,7,,u{row},{row * row},{'ab'[row % 2]}\n" for row in range(50))
    table = load_table(write(f"count,constant,seven,nothing,id,square,kind\n{rows}"))
    assert kinds(table) == {"square": "number", "kind": "category"}
    assert set(table.schema.ignored) == {"count", "constant", "seven", "nothing", "id"}
    assert table.notes == (
        "Not used, only counting the rows: 'count'.",
        "Not used, the same in all rows: 'constant', 'seven'.",
        "Not used, without any value: 'nothing'.",
        "Not used, text that is different in most rows: 'id'.",
    )


def test_a_column_without_a_name_is_no_input(write):
    table = load_table(write(",a,b\n5,1,2\n3,1,3\n4,3,4\n"))
    assert table.schema.names == ("a", "b")
    assert table.schema.ignored == ("column 1",)
    assert table.notes == ("Not used, without a name: 'column 1'.",)


def test_values_far_from_zero_keep_their_spread(write):
    rng = np.random.default_rng(0)
    values = 1.7e9 + rng.normal(size=500)
    table = load_table(write("a,b\n" + "".join(f"{value!r},{value - 1.7e9!r}\n" for value in values.tolist())))
    far = table.schema.columns[0]
    assert far.offset
    assert table.schema.columns[1].offset == 0
    assert np.abs(column(table, "a").astype(np.float64) + far.offset - values).max() < values.std() / 1000


@pytest.mark.heavy
def test_values_that_wander_away_after_the_first_rows_keep_their_spread(write, monkeypatch):
    monkeypatch.setattr(type_inference, "_HEAD", 5)
    values = np.concatenate([[0, 1, 0, 2, 1], 1e9 + np.random.default_rng(0).normal(scale=300, size=500_000)])
    path = write("a,b\n" + "".join(f"{value!r},{row % 3}\n" for row, value in enumerate(values.tolist())))
    table = load_table(path)
    # the few rows far away make the whole spread 3e6, a thousandth of which float32 keeps
    kept = column(table, "a").astype(np.float64) + table.schema.columns[0].offset
    assert np.abs(kept - values).max() < values.std() / 1000


def test_bytes_that_are_no_utf8_are_read_as_latin_1(write):
    table = load_table(write("größe,b\nklein,1\ngroß,5\nklein,3\ngroß,7\n".encode("latin-1")))
    assert table.schema.columns[0].name == "größe"
    assert table.schema.columns[0].categories == ("klein", "groß")
    assert table.notes == ("Some text is not UTF-8; it was read as Latin-1 (Windows-1252).",)


def test_quotation_marks_within_a_cell_are_read_as_they_come(write):
    table = load_table(write('a,b\n1,"5"" screen"\n2,5" x 5"\n1,"x"y\n4,5" x 5"\n7,"x"y\n'))
    assert table.schema.columns[1].categories == ('5" screen', '5" x 5"', "xy")


def test_more_texts_than_can_be_told_apart_are_other(write, monkeypatch):
    monkeypatch.setattr(first_pass, "MOST_TEXTS", 3)
    for module in ("building", "column_roles"):
        monkeypatch.setattr(f"saccade.modalities.tables.{module}.MOST_TEXTS", 3)
    table = load_table(write("a,b\n" + "".join(f"{row * row},{name}\n" for row, name in enumerate("abcabcabcabcde"))))
    assert table.schema.columns[1].categories == ("a", "b", "c")
    assert column(table, "b").tolist()[-3:] == [2, 3, 3]
    assert "2 rows count as other" in table.notes[-1]


@pytest.mark.heavy
def test_large_npz_and_parquet_files_are_read_piece_by_piece(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    values, labels = rng.normal(size=(500, 4)), rng.integers(0, 2, 500)
    np.savez(tmp_path / "a.npz", X=values, y=labels)
    pl.DataFrame(values, schema=["x0", "x1", "x2", "x3"]).with_columns(y=labels).write_parquet(tmp_path / "a.parquet")
    whole = load_table(tmp_path / "a.npz")
    monkeypatch.setattr(npz_files, "ROWS", 7)
    monkeypatch.setattr(parquet_files, "CELLS", 28)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    for name in ("a.npz", "a.parquet"):
        table = load_table(tmp_path / name, label="y")
        assert same(whole, table)
        assert table.labels.tolist() == labels.tolist()
        assert table.content_hash == whole.content_hash


def test_an_npz_file_brings_labels_names_and_parts(tmp_path):
    values = np.arange(12).reshape(6, 2).astype(np.uint8) ** 2
    splits = np.array(["train"] * 4 + ["test"] * 2)
    np.savez(tmp_path / "a.npz", X=values, y=[0, 0, 0, 0, 1, 0], names=["left", "right"], split=splits)
    table = load_table(tmp_path / "a.npz")
    assert table.schema.names == ("left", "right")
    assert table.schema.label == "y"
    assert table.labels.tolist() == [0, 0, 0, 0, 1, 0]
    assert (table.splits == splits).all()
    assert (table.values == values).all()


def test_other_arrays_of_an_npz_file_are_used_when_asked_for(tmp_path):
    values = np.arange(12).reshape(6, 2) ** 2
    np.savez(tmp_path / "a.npz", X=values, when=np.arange(6) * 60.0, attack=np.arange(6) > 4, about=np.array("a text"))
    plain = load_table(tmp_path / "a.npz")
    assert plain.schema.names == ("x0", "x1")
    assert plain.notes == ("Not used, an array beside X: 'when', 'attack'.",)
    table = load_table(tmp_path / "a.npz", label="attack", time="when")
    assert table.labels.tolist() == [0, 0, 0, 0, 0, 1]
    assert table.times.tolist() == [0, 60, 120, 180, 240, 300]
    assert table.notes[0] == "Time: 'when' as seconds that have passed, 0 to 300 seconds, 1,440 rows a day."


def test_empty_lines_at_the_end_are_no_rows(write):
    table = load_table(write(MIXED + "\n\r\n\n"))
    assert (len(table), table.skipped_count) == (5, 0)


def test_a_column_called_split_says_the_parts(write):
    table = load_table(write("a,Split\n1,train\n4,val\n2,Test\n7,\n9,calibration\n"))
    assert table.splits.tolist() == ["train", "validation", "test", "", "calibration"]
    assert table.reasons.tolist() == ["given", "given", "given", "", "given"]
    assert table.schema.names == ("a",)


@pytest.mark.parametrize(
    ("name", "texts", "splits"),
    [
        ("split", "Training Testing Validation", "train test validation"),
        ("Split", "TRAIN dev calib", "train validation calibration"),
        ("Usage", "Training PublicTest PrivateTest", "train test test"),
        ("set", "train_set test_set eval", "train test validation"),
    ],
)
def test_splits_may_be_called_as_people_do(write, name, texts, splits):
    rows = "".join(f"{number},{text}\n" for number, text in enumerate(texts.split() * 2))
    table = load_table(write(f"a,{name}\n3,\n{rows}"))
    assert table.splits.tolist() == ["", *splits.split() * 2]
    assert any(note.startswith(f"'{name}' says the split of each row and is no input: ") for note in table.notes)


@pytest.mark.parametrize("texts", ["train car bus", "test check check", "dev prod dev"])
def test_a_category_with_a_word_like_a_split_stays_an_input(write, texts):
    rows = "".join(f"{number},{text}\n" for number, text in enumerate(texts.split() * 2))
    assert load_table(write(f"a,phase\n3,\n{rows}")).schema.names == ("a", "phase")


def test_a_column_called_split_that_says_something_else_is_an_input(write):
    table = load_table(write("a,split\n1,left\n4,right\n2,left\n7,right\n"))
    assert table.schema.names == ("a", "split")
    assert set(table.splits) == {""}


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (["0", "1.5", "3600"], [0, 1.5, 3600]),
        (["2024-01-01", "2024-01-02", "2023-12-31"], [0, 86400, -86400]),
        (["2024-01-01 00:00", "2024-01-01T00:00:01", "2024-01-01 00:00:00.25"], [0, 1, 0.25]),
        (["2024-01-01T00:00:00Z", "2024-01-01T02:00:00+02:00", "2024-01-01 00:00-01:00"], [0, 0, 3600]),
    ],
)
def test_times_are_seconds(write, moments, expected):
    table = load_table(
        write("a,when\n" + "".join(f"{row * row},{when}\n" for row, when in enumerate(moments))), time="when"
    )
    begin = 0 if moments[0] == "0" else 1704067200
    assert (table.times - begin).tolist() == expected
    assert table.schema.names == ("a",)
    assert table.schema.time == "when"


def test_parquet_times_are_the_same_seconds(tmp_path):
    days = pl.Series("day", ["2024-01-01", "2024-01-03"]).str.to_date()
    moments = pl.Series("moment", ["2024-01-01 00:00:01.5", "2024-01-01 00:00:02"]).str.to_datetime()
    zoned = moments.dt.replace_time_zone("Europe/Berlin").alias("zoned")
    frame = pl.DataFrame([pl.Series("a", [1.0, 5.0]), days, moments, zoned])
    for name, expected in (("day", [0, 172800]), ("moment", [1.5, 2]), ("zoned", [-3598.5, -3598])):
        frame.select("a", name).write_parquet(tmp_path / f"{name}.parquet")
        assert (load_table(tmp_path / f"{name}.parquet", time=name).times - 1704067200).tolist() == expected


def test_rows_without_a_moment_are_put_aside(write):
    table = load_table(write("a,when\n1,2024-01-01\n2,soon\n4,\n3,2024-01-02\n"), time="when")
    assert table.numbers.tolist() == [1, 4]
    assert [row.reason for row in table.skipped_items] == [
        "its time 'when' is 'soon', no moment.",
        "its time 'when' is missing.",
    ]


def test_a_time_that_nobody_named_is_pointed_out(write):
    table = load_table(write("a,Time\n1,5\n4,7\n3,9\n"))
    assert table.notes == ("'Time' looks like the time. With --time Time the split is by time, and it is no input.",)


def test_a_second_start_reads_from_the_cache(write, monkeypatch):
    path = write(MIXED)
    first = load_table(path)
    monkeypatch.setattr("saccade.modalities.tables.reading.collect", None)
    again = load_table(path)
    assert same(first, again)
    assert (first.schema, first.notes, first.content_hash) == (again.schema, again.notes, again.content_hash)


def test_a_damaged_cache_is_built_again(write, tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))  # another worker may be reading the shared one
    path = write(MIXED)
    first = load_table(path)
    Path(first.values.filename).write_bytes(b"")
    assert same(load_table(path), load_table(path))


def test_what_is_remembered_of_a_table_fits_into_json(write):
    record = load_table(write(MIXED)).record()
    assert record["rows"] == 5
    assert record["schema"]["columns"][0]["name"] == "amount"


@pytest.mark.parametrize("form", ["{0:02d}.03.2026", "2026-03-{0:02d}", "03/{0:02d}/2026", "2026-03-{0:02d} 10:00:00"])
def test_dates_are_no_categories_of_which_new_rows_have_others_and_the_way_to_use_them_is_said(write, form):
    rows = "".join(f"{row * row % 7},{form.format(1 + row // 3)}\n" for row in range(60))
    table = load_table(write(f"a,am Tag\n{rows}"))
    assert table.schema.names == ("a",)
    assert "Not used, dates, of which new rows have others: 'am Tag'." in table.notes
    said = "'am Tag' looks like the time. With --time 'am Tag' the split is by time, and it is no input."
    assert said in table.notes


def test_dates_that_a_person_calls_a_category_are_one(write):
    rows = "".join(f"{row * row % 7},2026-03-{1 + row // 3:02d}\n" for row in range(60))
    table = load_table(write(f"a,day\n{rows}"), columns={"day": "category"})
    assert table.schema.names == ("a", "day")


def test_words_and_numbers_with_points_are_no_dates(write):
    rows = "".join(f"{row * row % 7},v1.{row // 3}.x\n" for row in range(60))
    assert load_table(write(f"a,version\n{rows}")).schema.names == ("a", "version")
