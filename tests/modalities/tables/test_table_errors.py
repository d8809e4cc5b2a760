import gzip

import numpy as np
import polars as pl
import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables.reading import load_table

TEXT = "a,b\n" + "".join(f"{row * row},{row % 3}\n" for row in range(2000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"a,b\n", "has a header .* but no rows"),
        (b"a,b", "has a header .* but no rows"),
        (b"1,2\n3,4\n", "holds numbers .* not the columns' names"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no CSV but an image"),
        (b"PK\x03\x04\0\0", "is no CSV but a zip archive"),
        (b"a,b\n\0\1\2", "is no CSV but a binary file"),
        (gzip.compress(TEXT.encode())[:-40], "its compressed content breaks off"),
        (b"\x1f\x8bnonsense", "its compressed content breaks off"),
        (b'a,b\n1,"x\n2,y\n', "a quotation mark is opened and never closed"),
        (b"a,b\n7,x\n7,x\n", "has no column that could be an input. Not used, the same in all rows: 'a', 'b'"),
        (b",\n1,2\n", "holds numbers .* not the columns' names"),
        (b",\nx,2\n", "has a header .* but no rows"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(write, content, message):
    with pytest.raises(DataError, match=message):
        load_table(write(content))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "amuont"}, "no column 'amuont'. Did you mean 'amount'"),
        ({"time": "wen"}, "no column 'wen'. Did you mean 'when'"),
        ({"columns": {"amout": "number"}}, "no column 'amout'. Did you mean 'amount'"),
        ({"columns": {"amount": "numbr"}}, "cannot be 'numbr'. .* Did you mean 'number'"),
        ({"label": "amount", "columns": {"amount": "number"}}, "is the label: it has no other kind"),
        ({"label": "when", "time": "when"}, "cannot be both label and time"),
        ({"columns": {"amount": "ignore", "when": "ignore"}}, "No column is left"),
        ({"columns": {"words": "number"}}, "None of the 2 rows .* row 1: 'words' is 'x', which is no finite number"),
    ],
)
def test_what_is_said_of_columns_has_to_fit(write, options, message):
    text = "amount,when,words\n1,5,x\n4,3,y\n" if "words" in str(options) else "amount,when\n1,5\n4,3\n"
    with pytest.raises(DataError, match=message):
        load_table(write(text), **options)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": np.zeros(3)}, "has no X, only y"),
        ({"X": np.zeros(3)}, r"X of .* has the shape \(3,\)"),
        ({"X": np.zeros((0, 3))}, "X of .* is empty"),
        ({"X": np.array([["a", "b"]])}, "X of .* holds <U1, not numbers"),
        ({"X": np.array([[1, "b"]], object)}, "holds Python objects"),
        ({"X": np.ones((3, 2)), "y": np.array([0, "b", 1], object)}, "holds Python objects"),
        ({"X": np.ones((3, 2)), "y": np.zeros(5)}, r"y of .* has the shape \(5,\)"),
        ({"X": np.ones((3, 2)), "names": ["a", "a"]}, "1 different names for 2 columns"),
        ({"X": np.ones((3, 2)), "names": ["a", "y"], "y": np.zeros(3)}, "the column 'y' in X and as an array"),
        ({"X": np.full((3, 2), np.inf)}, "None of the 3 rows"),
    ],
)
def test_an_npz_that_cannot_be_used_says_why(tmp_path, arrays, message):
    np.savez(tmp_path / "table.npz", **arrays)
    with pytest.raises(DataError, match=message):
        load_table(tmp_path / "table.npz")


def test_damaged_files_say_so(tmp_path, write):
    np.savez(tmp_path / "whole.npz", X=np.ones((30, 4)))
    whole = (tmp_path / "whole.npz").read_bytes()
    with pytest.raises(DataError, match="damaged or no NPZ"):
        load_table(write(whole[:400], "cut.npz"))
    with pytest.raises(DataError, match="no NPZ file"):
        load_table(write("text", "text.npz"))
    pl.DataFrame({"a": [1.0, 2.0]}).write_parquet(tmp_path / "whole.parquet")
    with pytest.raises(DataError, match="cannot be read as a Parquet file"):
        load_table(write((tmp_path / "whole.parquet").read_bytes()[:-20], "cut.parquet"))
    with pytest.raises(DataError, match="cannot be read as a Parquet file"):
        load_table(write("text", "text.parquet"))


def test_an_empty_parquet_file_says_so(tmp_path):
    pl.DataFrame({"a": pl.Series([], dtype=pl.Float64)}).write_parquet(tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="has no rows"):
        load_table(tmp_path / "empty.parquet")


def test_what_is_no_table_says_so(tmp_path, write):
    with pytest.raises(DataError, match="does not exist"):
        load_table(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match="is a folder, not a table"):
        load_table(tmp_path)
    with pytest.raises(DataError, match="of no kind that can be read as a table"):
        load_table(write("x", "letter.docx"))
