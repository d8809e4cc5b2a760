"""What stands above the rows of a CSV file, and where its columns' names are."""

import numpy as np
import polars as pl
import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables import opening
from saccade.modalities.tables.csv_layout import number_names
from saccade.modalities.tables.reading import encoded_batches, load_table

ROWS = "".join(f"{row * row % 89}.5,{row * 7 % 31},{'xyz'[row % 3]}\n" for row in range(60))
TABLE = f"a,b,c\n{ROWS}"

SAME = {
    "empty line": ("\n" + TABLE, "Empty lines above the header were skipped."),
    "empty lines": ("\r\n \r\n" + TABLE.replace("\n", "\r\n"), "Empty lines above the header were skipped."),
    "empty cells": (",,\n" + TABLE, "Empty lines above the header were skipped."),
    "old Mac": (TABLE.replace("\n", "\r"), "Lines end with CR alone"),
    "two programs": ("a,b,c\n" + ROWS.replace("\n", "\r", 30), "Lines end with CR alone"),
    "title and tabs": ("Sales\n" + TABLE.replace(",", "\t"), "1 line above the header skipped: 'Sales'."),
    "sep=;": ("sep=;\r\n" + TABLE.replace(",", ";").replace("\n", "\r\n"), "'sep=;', names the separator"),
    "sep=,": ('"sep=,"\n' + TABLE, "names the separator"),
    "sep with mark": ("\ufeffsep=;\n" + TABLE.replace(",", ";"), "names the separator"),
    "sep=tab": ("sep=\t\n" + TABLE.replace(",", "\t"), "names the separator"),
    "sep and an empty line": ("sep=,\n\n" + TABLE, "names the separator"),
    "comments": ("# made by hand, 2024\n#\n" + TABLE, "begin with # are comments"),
    "title": ("Sales, all regions\n\n" + TABLE, "2 lines above the header skipped: 'Sales, all regions'."),
    "title with commas": ("Sales,,\n" + TABLE, "1 line above the header skipped"),
    "title and semicolons": ("Sales, all, regions\n" + TABLE.replace(",", ";"), "1 line above the header skipped"),
    "UTF-16": (TABLE.encode("utf-16"), "The text is UTF-16."),
}


@pytest.mark.parametrize("name", SAME)
def test_what_stands_above_the_rows_is_skipped_and_said(write, name):
    text, note = SAME[name]
    plain, table = load_table(write(TABLE, "plain.csv")), load_table(write(text, "other.csv"))
    assert table.schema.columns == plain.schema.columns
    assert np.array_equal(table.values, plain.values)
    assert table.numbers.tolist() == plain.numbers.tolist()
    assert note in table.notes[0]
    batch = next(encoded_batches(table.source, table.schema))
    assert np.array_equal(batch.values, plain.values)
    assert note in batch.notes[0]


def test_comments_among_the_rows_are_put_aside(write):
    table = load_table(write(f"{TABLE}# half of it\n{ROWS}#c\n"))
    assert [(row.name, row.reason) for row in table.skipped_items] == [
        ("row 61", "the line is a comment: it begins with #."),
        ("row 122", "the line is a comment: it begins with #."),
    ]


def test_a_header_that_begins_with_a_hash_is_a_header(write):
    assert load_table(write(f"#{TABLE}")).schema.names == ("#a", "b", "c")


def test_cr_within_cells_ends_no_line(write):
    table = load_table(write('a,b\n"1",x\r\n"4","u\rv"\r\n7,x\r\n9,"u\rv"\r\n'))
    assert table.schema.columns[1].categories == ("x", "u\rv")


HEADLESS = {
    "numbers": "".join(f"{row % 3 + 1},{row * 7 % 31}.5\n" for row in range(60)),
    "species": "".join(f"{row % 5}.1,{row * 7 % 31}.5,{'Iris-' + 'ab'[row % 2]}\n" for row in range(60)),
    "connections": "".join(
        f"0,{['tcp', 'udp'][row % 2]},{row * 7 % 31},{'SF' if row % 3 else 'REJ'}\n" for row in range(60)
    ),
    "days": "".join(f"2024-01-{row % 28 + 1:02},{row * 7 % 31}\n" for row in range(60)),
    "words": "".join(f"{'xyz'[row % 3]},{'uvw'[row % 3]}\n" for row in range(60)),
    "a gap": "".join(f"{row % 5 if row else '?'},{row * 7 % 31}.5\n" for row in range(60)),
}


@pytest.mark.parametrize("name", HEADLESS)
def test_a_first_line_that_looks_like_the_rows_is_not_lost(write, name):
    path = write(HEADLESS[name])
    with pytest.raises(DataError, match="The first line of .* --no-header .* --header true"):
        load_table(path)
    said = {f"column_{place}": "category" for place in range(1, HEADLESS[name].split("\n")[0].count(",") + 2)}
    table = load_table(path, header=False, columns=said)
    assert len(table) == 60
    assert table.schema.names == tuple(said)
    assert next(encoded_batches(path, table.schema)).numbers.tolist() == list(range(1, 61))
    assert (
        len(
            load_table(
                path, header=True, columns=dict.fromkeys(opening.open_table(path, header=True).names, "category")
            )
        )
        == 59
    )


NAMED = {
    "years": "country,2019,2020,2021\n" + "".join(f"c{row % 7},{row % 5},{row % 3},{row % 4}\n" for row in range(60)),
    "numbers and a name": "0,1,2,v\n" + "".join(f"{row % 7},{row % 5},{row % 3},{row % 4}\n" for row in range(60)),
    "texts": "name,town\n" + "".join(f"n{row % 7},t{row % 5}\n" for row in range(60)),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_header_with_numbers_or_of_text_alone_is_one(write, name):
    table = load_table(write(NAMED[name]))
    assert ",".join(table.schema.names) == NAMED[name].split("\n")[0]
    assert len(table) == 60


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (["a", "b", "a", "a"], ("a", "b", "a_2", "a_3")),
        (["a", "a", "a_2"], ("a", "a_3", "a_2")),
        (["a_2", "a", "a"], ("a_2", "a", "a_3")),
        (["", "a", ""], ("column 1", "a", "column 3")),
    ],
)
def test_columns_of_the_same_name_are_numbered(write, found, names):
    assert number_names(found)[0] == names
    rows = "".join(",".join(str(row * (place + 3) % 17) for place in range(len(found))) + "\n" for row in range(40))
    table = load_table(write(",".join(found) + "\n" + rows))
    assert set(table.schema.names) == {name for name, own in zip(names, found, strict=True) if own}
    assert ("are numbered" in table.notes[0]) == (len(set(found) - {""}) < len(list(filter(None, found))))
    assert np.array_equal(next(encoded_batches(table.source, table.schema)).values, table.values)


def test_row_names_without_a_name_as_r_writes_them_are_no_input(write):
    table = load_table(write('"x","y"\n' + "".join(f'"r{row}",{row * row},{row % 7}\n' for row in range(40))))
    assert table.schema.names == ("x", "y")
    assert "one name fewer" in table.notes[0]


ODD = {
    "spreadsheet": ("a.xlsx", b"PK\3\4", "is a spreadsheet. Export the sheet as CSV"),
    "long header": ("a.csv", b"x" * 200_000 + b",b\n1,2\n", "The header of .* cannot be read"),
    "open header": ("a.csv", b'a,"b\n' + b"1,2\n" * 50, "quotation mark"),
    "only comments": ("a.csv", b"# a\n# b\n", "is empty"),
    "only separators": ("a.csv", b",,\n,,\n", "is empty"),
    "only sep": ("a.csv", b"sep=;\n", "is empty"),
    "odd UTF-16": ("a.csv", "a,b\n1,2\n".encode("utf-16")[:-1] + b"\xd8", "has no column|rows"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_table_is_said_in_one_sentence(write, name):
    file, content, message = ODD[name]
    with pytest.raises(DataError, match=message):
        load_table(write(content, file))


def test_only_csv_files_can_lack_a_header(tmp_path):
    pl.DataFrame({"a": [1, 5, 2]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="names its columns itself"):
        load_table(tmp_path / "a.parquet", header=False)
