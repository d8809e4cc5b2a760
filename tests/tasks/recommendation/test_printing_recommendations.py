import csv
import io
import json

import pytest

from saccade.core.errors import DataError, RecipeError, SaccadeError
from saccade.tasks.recommendation.terminal import print_recommendations


def said(capsys, predictor, *files, form="table", **options):
    print_recommendations(predictor, "films-1", files, form=form, **options)
    return capsys.readouterr()


def test_the_table_names_items_with_what_speaks_for_them(of_run, capsys):
    out, err = said(capsys, of_run, user=["anna"], count=2)
    first, aliens, why, *_ = out.splitlines()
    assert first == "For user anna, with 3 ratings:"
    assert aliens.split() == ["1", "Aliens", "(1986)", "4.48", "expected,", "score", "4.53", "(20)"]
    assert why.strip().startswith("because: Alien (1979): 5 (+")
    assert "without that rating" in err


def test_somebody_new_says_what_they_rated(of_file, capsys):
    out, _ = said(capsys, of_file, rate=["Ronin (1998)=5", "40=4"], count=1)
    assert "somebody new, with 2 ratings" in out
    assert "Heat (1995)" in out


def test_somebody_of_whom_nothing_is_known_gets_what_everybody_gets(of_run, capsys):
    out, _ = said(capsys, of_run, user=["carl"], count=1)
    assert "of whom no rating is known" in out
    assert "Alien (1979)" in out


def test_json_is_a_line_a_user_with_reasons(of_run, capsys):
    out, _ = said(capsys, of_run, form="json", user=["anna", "<ben>"], count=2)
    anna, ben = map(json.loads, out.splitlines())
    assert (anna["user"], anna["rated"], anna["tried"]) == ("anna", 3, 3)
    assert anna["recommendations"][0]["reasons"][0]["title"] == "Alien (1979)"
    assert ben["recommendations"][0]["item"] == "50"


def test_csv_is_a_row_an_item(of_run, capsys):
    out, err = said(capsys, of_run, form="csv", user=["anna"], count=2)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["user", "rank", "item", "title", "score", "expected"]
    assert [row["item"] for row in rows] == ["20", "60"]
    assert not err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user": ["nobody"]}, "There is no user 'nobody'"),
        ({"rate": ["Allien (1979)=5"]}, "Did you mean 'Alien"),
        ({"rate": ["10=9"]}, "9 is no rating here"),
        ({"rate": ["10"]}, "Expected an item and its rating, such as 10=5"),
        ({"user": ["anna", "carl"], "rate": ["10=5"]}, "name one --user"),
    ],
)
def test_what_cannot_be_is_one_sentence(of_run, capsys, options, message):
    with pytest.raises(SaccadeError) as error:
        said(capsys, of_run, **options)
    assert message in str(error.value)


def test_a_file_of_ratings_and_a_user_are_not_mixed(of_run, capsys):
    with pytest.raises(RecipeError, match="leave --user and --rate out"):
        said(capsys, of_run, "new.csv", user=["anna"])
    with pytest.raises(DataError, match="Expected one file"):
        said(capsys, of_run, "a.csv", "b.csv")
