import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables.labels import decide
from saccade.modalities.tables.reading import load_table


def labelled(write, labels, **options):
    rows = "".join(f"{row * row},{label}\n" for row, label in enumerate(labels))
    return load_table(write(f"a,kind\n{rows}"), label="kind", **options)


@pytest.mark.parametrize(
    ("zero", "one"),
    [("0", "1"), ('"0"', '"1"'), ("0.0", "1.0"), ("false", "TRUE"), ("normal", "anomaly"), ("No", "Yes")],
)
def test_labels_in_words_are_understood(write, zero, one):
    table = labelled(write, [zero, one, zero, "", one, one, one])
    assert table.labels.tolist() == [0, 1, 0, -1, 1, 1, 1]
    assert table.notes == ()
    assert table.schema.names == ("a",)
    assert table.schema.normal == ""


def test_the_user_says_which_label_is_normal(write):
    table = labelled(write, ["benign", "scan", "ddos", "", "benign"], normal="benign")
    assert table.labels.tolist() == [0, 1, 1, -1, 0]
    assert table.schema.normal == "benign"


def test_what_the_user_says_counts_more_than_words(write):
    assert labelled(write, ["0", "1", "1"], normal="1").labels.tolist() == [1, 0, 0]


def test_of_two_labels_the_more_frequent_is_normal_and_that_is_said(write):
    table = labelled(write, ["left"] * 3 + ["right", "left"])
    assert table.labels.tolist() == [0, 0, 0, 1, 0]
    assert table.schema.normal == "left"
    assert table.notes == (
        "In the column 'kind', 'left' is taken for normal because it is the more frequent label (4 of 5 rows).",
    )


def test_of_many_labels_nobody_can_know_which_is_normal(write):
    with pytest.raises(DataError, match=r"3 different labels \('a', 'b', 'c'\). Say which of them means normal"):
        labelled(write, ["a", "b", "c", "a"])


def test_a_normal_label_that_is_not_there_suggests_the_nearest(write):
    with pytest.raises(DataError, match="no label 'bening'. Did you mean 'benign'"):
        labelled(write, ["benign", "ddos"], normal="bening")


def test_rows_with_an_unreadable_label_are_put_aside(write):
    table = labelled(write, ["0"] * 50 + ["1", "pending"])
    assert len(table) == 51
    assert table.skipped_items[0].name == "row 52"
    assert table.skipped_items[0].reason == "its label 'kind' is 'pending', neither normal nor anomaly."


def test_an_empty_label_column_is_said(write):
    table = labelled(write, ["", "", ""])
    assert table.labels.tolist() == [-1] * 3
    assert table.notes == ("The label column 'kind' is empty: no row has a label.",)


@pytest.mark.parametrize(("name", "cells"), [("Class", "010"), ("is_fraud", ["yes", "no", "no"]), ("Label", "aba")])
def test_a_label_that_nobody_named_is_refused_as_an_input(write, name, cells):
    path = write(f"a,{name}\n" + "".join(f"{row * row},{cell}\n" for row, cell in enumerate(cells)))
    with pytest.raises(DataError, match=f"would give the answer away. Name it: --label {name}"):
        load_table(path)
    assert load_table(path, label=name).schema.names == ("a",)
    assert load_table(path, columns={name: "ignore"}).schema.names == ("a",)
    assert load_table(path, columns={name: "category"}).schema.names == ("a", name)


def test_a_column_called_class_with_many_values_is_an_input(write):
    table = load_table(write("a,class\n1,first\n4,second\n2,third\n7,first\n9,second\n8,third\n"))
    assert table.schema.names == ("a", "class")


def test_a_named_normal_without_a_label_column_is_said(write):
    table = load_table(write("a\n1\n4\n"), normal="benign")
    assert "no label column" in table.notes[0]


def test_a_label_of_many_numbers_is_said_to_be_none():
    with pytest.raises(DataError, match="has 100 different numbers: none of them means normal"):
        decide({f"{number / 7:.3f}": 1 for number in range(100)}, normal="", column="price")
    kinds_of_attack = {str(number): 1 for number in range(100)}
    assert decide(kinds_of_attack, normal="", column="attack")[0] == "0"
