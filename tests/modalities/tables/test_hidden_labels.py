"""Without --label, what looks like an outcome is refused as an input; ordinary features are not."""

from shlex import quote

import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables import labels
from saccade.modalities.tables.reading import load_table


def table(name, cells, *, beside="b"):
    rows = "".join(f"{row * row % 89}.5,{row * 7 % 31},{cells[row * row % 7 % len(cells)]}\n" for row in range(210))
    return f"a,{beside},{name}\n{rows}"


OUTCOMES = [
    ("y", ["1", "-1"]),
    ("Y", ["0", "1", "2"]),
    ("Class", ["1", "2"]),
    ("class", ["2", "4"]),
    ("class", ["Iris-setosa", "Iris-virginica", "Iris-versicolor"]),
    ("Label", ["BENIGN", "DoS", "PortScan"]),
    (" Label", ["a", "b", "c"]),
    ("anything", ["BENIGN", "DoS", "PortScan"]),
    ("label", ["normal.", "smurf.", "neptune."]),
    ("anything", ["normal.", "smurf."]),
    ("target", ["True", "False"]),
    ("outcome", ["0.0", "1.0", "2.0"]),
    ("isFraud", ["0", "1"]),
    ("is_fraud", ["Y", "N"]),
    ("fraud_label", ["a", "b"]),
    ("Class Label", ["1", "2", "3"]),
    ("attack_cat", ["Normal", "DoS", "Fuzzers"]),
    ("attack_cat", ["Generic", "DoS", "Fuzzers"]),
    ("is_anomaly", ["0", "1"]),
    ("Outlier", ["yes", "no"]),
    ("diagnosis", ["M", "B"]),
    ("tumour", ["malignant", "benign"]),
    ("ground_truth", ["a", "b"]),
    ("check", ["ok", "nok"]),
    ("credit", ["good", "bad"]),
    ("test", ["pass", "fail"]),
    ("Normal/Attack", ["Normal", "Attack"]),
    ("status", ["1", "0"]),
    ("result", ["positive", "negative"]),
    ("machine_failure", ["0", "1"]),
]


@pytest.mark.parametrize(("name", "cells"), OUTCOMES)
def test_an_outcome_that_nobody_named_is_refused_and_both_ways_out_work(write, name, cells):
    path, name = write(table(name, cells)), name.strip()
    with pytest.raises(
        DataError, match=f"'{name}' .* looks like the label.*--label {quote(name)}.*columns.{name}="
    ) as error:
        load_table(path)
    kind = str(error.value).rpartition(f"columns.{name}=")[2].split()[0].strip("'")
    assert load_table(path, label=name, normal=cells[0]).schema.names == ("a", "b")
    assert load_table(path, columns={name: kind}).schema.names == ("a", "b", name)


FEATURES = [
    ("class", ["Eco", "Business", "Eco Plus"]),
    ("status", ["new", "paid", "sent", "back", "lost"]),
    ("type", ["cash", "card"]),
    ("category", ["a", "b", "c"]),
    ("pressure", ["low", "normal", "high"]),
    ("abroad", ["yes", "no"]),
    ("flag", ["0", "1"]),
    ("sex", ["m", "f"]),
    ("attack_count", ["1", "2", "3"]),
    ("target_size", ["1", "2", "3"]),
    ("quality", ["3", "4", "5"]),
    ("label", [str(number) for number in range(50)]),
    ("y", [str(number / 7) for number in range(50)]),
]


@pytest.mark.parametrize(("name", "cells"), FEATURES)
def test_an_ordinary_feature_is_an_input(write, name, cells):
    rows = "".join(f"{row * row % 89}.5,{cells[row % len(cells)]}\n" for row in range(210))
    assert load_table(write(f"a,{name}\n{rows}")).schema.names == ("a", name)


def test_the_second_of_two_coordinates_is_no_label(write):
    assert load_table(write(table("y", ["1", "2", "3"], beside="x"))).schema.names == ("a", "x", "y")


def test_a_second_label_is_refused_beside_the_first(write):
    path = write(table("attack_cat", ["Generic", "DoS", "Fuzzers"], beside="label"))
    with pytest.raises(DataError, match="'attack_cat' of .* looks like a second label.*columns.attack_cat=ignore"):
        load_table(path, label="label", normal="0")


def test_few_levels_at_the_end_of_a_table_without_names_are_a_label(write):
    path = write(table("c", ["R", "M"]).partition("\n")[2])
    with pytest.raises(DataError, match="--label column_3"):
        load_table(path, header=False)
    assert load_table(path, header=False, label="column_3", normal="M").schema.names == ("column_1", "column_2")


NORMAL = [
    ({"BENIGN": 5, "DoS": 90, "PortScan": 5}, "BENIGN"),
    ({"normal.": 5, "smurf.": 90, "neptune.": 5}, "normal."),
    ({"good": 3, "bad": 97}, "good"),
    ({"ok": 3, "nok": 97}, "ok"),
    ({"legit": 3, "scam": 97, "spam": 3}, "legit"),
    ({"0": 97, "1": 2, "2": 1}, "0"),
    ({"1": 90, "-1": 10}, "1"),
    ({"2": 90, "4": 10}, "2"),
    ({"0": 90, "1": 10}, ""),
    ({"normal": 90, "anomaly": 10}, ""),
]


@pytest.mark.parametrize(("counts", "normal"), NORMAL)
def test_the_normal_label_is_known_by_its_name_else_by_how_often_it_is_there(counts, normal):
    found, note = labels.decide(counts, normal="", column="kind")
    assert found == normal
    assert bool(note) == bool(normal)
