"""How numbers are written: a column that is mostly numbers is one, or the user is asked; never silently a category."""

import numpy as np
import polars as pl
import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables.reading import encoded_batches, encoded_rows, load_table


def column(cells, rows=280):
    """Return a table whose second column repeats some cells."""
    texts = [cells[row % len(cells)] for row in range(rows)]
    return "a;b\n" + "".join(f"{row * row % 97};{text}\n" for row, text in enumerate(texts))


def read(write, cells, **options):
    return load_table(write(column(cells)), **options)


NAN = float("nan")
READ = {
    "dash": (["8.7", "12", "-"], [8.7, 12, NAN]),
    "dashes": (["8.7", "12", "--", "—"], [8.7, 12, NAN, NAN]),
    "spreadsheet": (["8.7", "#N/A", "#DIV/0!", "#VALUE!"], [8.7, NAN, NAN, NAN]),
    "pandas": (["8.7", "<NA>", "NaT", "NaN"], [8.7, NAN, NAN, NAN]),
    "database": (["8.7", "Null", "\\N", "(null)", "nil"], [8.7, NAN, NAN, NAN, NAN]),
    "words": (["8.7", "unknown", "missing", "N.A.", "none"], [8.7, NAN, NAN, NAN, NAN]),
    "stars and points": (["8.7", "****", ".", "?"], [8.7, NAN, NAN, NAN]),
    "percent": (["5%", "6.5 %", "-3%"], [5, 6.5, -3]),
    "currency": (["$5", "$1,200.50", "-$3", "($4.00)"], [5, 1200.5, -3, -4]),
    "currency behind": (["5 €", "1.234,50 €"], [5, 1234.5]),
    "code": (["USD 5", "USD 1200"], [5, 1200]),
    "unit": (["12 kg", "5kg", "3.5 kg"], [12, 5, 3.5]),
    "time": (["5ms", "12ms"], [5, 12]),
    "decimal comma in some": (["8,7", "12", "5,4"], [8.7, 12, 5.4]),
    "decimal comma": (["1.234,5", "1.234", "7"], [1234.5, 1234, 7]),
    "thousands beside a point": (["1,940", "12.5"], [1940, 12.5]),
    "thousands beside millions": (["1,234,567", "1,234", "999"], [1234567, 1234, 999]),
    "Indian": (["1,00,000", "99"], [100000, 99]),
    "dots": (["1.234.567", "1.234"], [1234567, 1234]),
    "spaces": (["1 940", "12\u00a0345", "1\u202f000", "7"], [1940, 12345, 1000, 7]),
    "apostrophes": (["1'940", "1’000.5"], [1940, 1000.5]),
    "minus": (["−5", "–3", "7"], [-5, -3, 7]),
    "accounting": (["(5)", "7", "(1,234.50)"], [-5, 7, -1234.5]),
    "minus behind": (["5-", "7"], [-5, 7]),
    "plus": (["+5", "7"], [5, 7]),
    "powers": (["1E5", "2e-3", "1.5E+03"], [1e5, 2e-3, 1500]),
}


@pytest.mark.parametrize("name", READ)
def test_numbers_are_read_as_they_are_written(write, name):
    cells, expected = READ[name]
    table = read(write, cells)
    assert [each.kind for each in table.schema.columns] == ["number", "number"]
    values = np.asarray(table.values[:, 1], np.float64) + table.schema.columns[1].offset
    assert np.allclose(values[: len(cells)], expected, equal_nan=True)
    assert table.skipped_count == 0
    again = next(encoded_batches(table.source, table.schema))
    assert np.array_equal(again.values, table.values, equal_nan=True), "a new file is read in the same way"
    row = encoded_rows([{"a": 5, "b": cells[0]}], table.schema)
    assert row.values[0, 1] == table.values[0, 1], "and so is a request"


ASKED = {
    "either": (
        ["1,940", "2,139", "940"],
        "'1,940' can be 1940 or 1.940.*columns.b=number-point.*columns.b=number-comma",
    ),
    "both": (["8,7", "8.7", "9,25"], r"decimal comma \('8,7'\), others a decimal point \('8.7'\)"),
    "units": ([f"{n} {unit}" for n in range(9) for unit in ("kg", "g")], r"several units \(kg 140, g 140\)"),
    "percent in some": ([f"{n}{unit}" for n in range(9) for unit in ("%", "")], r"several units \(% 140, none 140\)"),
    "thousands in letters": ([f"{n}{unit}" for n in range(9) for unit in "kM"], r"several units \(k 140, M 140\)"),
    "other text": ([*map(str, range(13)), "abc"], "a number in 93% of its cells; the others say 'abc' 20.*b=number"),
    "below a limit": ([*map(str, range(13)), "<0.5"], "a number in 93% of its cells; the others say '<0.5' 20"),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_only_the_user_can_know_is_asked(write, name):
    cells, message = ASKED[name]
    with pytest.raises(DataError, match=f"The column 'b' of .*{message}"):
        read(write, cells)
    assert read(write, cells, columns={"b": "ignore"}).schema.names == ("a",)


@pytest.mark.parametrize(("said", "first"), [("number-point", 1940), ("number-comma", 1.94)])
def test_the_user_says_what_a_comma_is(write, said, first):
    table = read(write, ["1,940", "2,139", "940"], columns={"b": said})
    assert table.values[0, 1] == np.float32(first)
    assert next(encoded_batches(table.source, table.schema)).values[0, 1] == np.float32(first)


NO_NUMBERS = {
    "seats": ["12A", "14C", "3D", "7F"],
    "levels": ["low", "none", "-", "unknown", "high"],
    "grades": ["0", "1", "2", "3+"],
    "addresses": ["192.168.100.200", "192.168.101.100"],
    "days": ["2024-01-01", "2024-02-03"],
    "times": ["10:30", "11:20"],
    "ordinals": ["1st", "2nd", "3rd"],
    "codes": ["A12", "B7"],
}


@pytest.mark.parametrize("name", NO_NUMBERS)
def test_texts_with_digits_stay_categories(write, name):
    table = read(write, NO_NUMBERS[name])
    assert table.schema.columns[1].kind == "category"
    assert table.schema.columns[1].categories == tuple(NO_NUMBERS[name])


def test_what_is_read_in_an_unusual_way_is_said(write):
    assert read(write, ["8,7", "9"]).notes == ("Numbers with a decimal comma, such as '8,7': 'b'.",)
    assert read(write, ["8 kg", "9 kg"]).notes == ("Numbers with the unit kg (left off), such as '8 kg': 'b'.",)
    assert read(write, ["8", "9", "7", "-"]).notes == ("Cells that stand for a missing number ('-'): 70 in 'b'.",)
    assert read(write, ["(8)", "9"]).notes == ("In 'b', '(8)' is read as -8.",)


def test_new_cells_that_are_written_otherwise_are_put_aside_with_the_reason(write):
    schema = read(write, ["8,7 kg", "9 kg", "7,25 kg"]).schema
    batch = next(encoded_batches(write("a;b\n1;8,7 kg\n2;8.7 kg\n3;9 g\n4;9,5 kg\n5;-\n"), schema))
    assert batch.numbers.tolist() == [1, 4, 5]
    assert [row.reason for row in batch.skipped_items] == [
        "'b' is '8.7 kg', which is no number with a decimal comma and the unit kg.",
        "'b' is '9 g', which is no number with a decimal comma and the unit kg.",
    ]
    assert batch.notes == ("In 'b', '-' stands for a missing number.",)


def test_infinite_numbers_cost_their_row_and_make_no_category(tmp_path):
    values = [float(row % 9) if row % 5 else float("inf") for row in range(100)]
    pl.DataFrame({"a": range(0, 200, 2), "b": values}).write_parquet(tmp_path / "a.parquet")
    table = load_table(tmp_path / "a.parquet", columns={"a": "number"})
    assert [each.kind for each in table.schema.columns] == ["number", "number"]
    assert table.skipped_count == 20


@pytest.mark.heavy
def test_one_late_comma_among_points_is_put_aside_wherever_blocks_end(write, monkeypatch):
    cells = "".join(f"{row};{row % 7}.5\n" for row in range(3000))
    path = write(f"a;b\n{cells}4;8,7\n{cells}")
    for block in (1 << 23, 1 << 12):
        monkeypatch.setattr("saccade.modalities.tables.csv_files.BLOCK", block)
        monkeypatch.setenv("SACCADE_CACHE", str(path.parent / f"cache{block}"))
        table = load_table(path)
        assert [row.name for row in table.skipped_items] == ["row 3001"]
        assert table.schema.columns[1].kind == "number"
