"""What new rows say that no training row said: a kind is a line."""

from dataclasses import replace

import pytest

from saccade.modalities.tables.reading import encoded_batches, load_table
from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.unseen import Unseen, changed_constants, joined

SCHEMA = Schema(
    (Column("a", "number"), Column("kind", "category", categories=("card", "cash"))),
    ignored=("k",),
    constants=(("k", "5"),),
    rows=10,
)


def counted(write, cells, *, constant="5", rows=65536):
    path = write("a,kind,k\n" + "".join(f"1,{cell}\n" for cell in cells))
    schema = replace(SCHEMA, constants=(("k", constant),))
    found = {}
    for batch in encoded_batches(path, schema, rows=rows):
        found = joined(found, batch.unseen)
    return {name: (each.rows, dict(each.texts)) for name, each in found.items()}


@pytest.mark.parametrize(
    ("constant", "cell", "differs"),
    [
        ("5", "5", False),
        ("5", "5.0", False),
        ("5", " 5 ", False),
        ("5", "5.5", True),
        ("5", "-5", True),
        ("5", "five", True),
        ("5", "", True),
        ("web", "web", False),
        ("web", "Web", True),
        ("web", "1", True),
        ("", "", False),
        ("", "NA", False),
        ("", "0", True),
    ],
)
def test_a_constant_has_changed_where_another_value_stands(write, constant, cell, differs):
    found = counted(write, [f"card,{constant}", f"card,{cell}"], constant=constant)
    missing = "" if cell in ("", "NA") else cell.strip()
    assert found == ({"k": (1, {missing: 1})} if differs else {})


@pytest.mark.parametrize("rows", [2, 65536])
def test_new_categories_are_counted_by_name_over_all_batches(write, rows):
    cells = ["card,5", "crypto,5", "crypto,6", ",5", "gift,5", "crypto,5", "cash,7"]
    assert counted(write, cells, rows=rows) == {
        "kind": (4, {"crypto": 3, "gift": 1}),
        "k": (2, {"6": 1, "7": 1}),
    }


def test_training_keeps_what_was_constant_and_a_new_file_may_lack_it(write):
    table = load_table(write("a,k,word,empty,id\n" + "".join(f"{row % 7},5.0,web,,{row}\n" for row in range(50))))
    assert table.schema.constants == (("k", "5"), ("word", "web"), ("empty", ""))
    assert Schema.from_dict(table.schema.to_dict()) == table.schema
    new = write("a,empty,word\n1,,web\n2,x,web\n", "new.csv")
    assert [*next(encoded_batches(new, table.schema)).unseen] == ["empty"]


def test_what_has_changed_is_said_with_examples():
    found = {"k": Unseen(120, {"999999": 100, "": 15, "1": 3, "2": 2})}
    ((column, sentence),) = changed_constants(found, SCHEMA, 1000)
    assert column == "k"
    assert sentence == (
        "'k' was '5' in all training rows, so the network does not look at it; now 120 of 1,000 rows say something "
        "else: '999999' (100), no value (15), '1' (3) and 1 more."
    )
