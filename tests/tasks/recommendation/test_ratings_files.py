import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.modalities.ratings.scale import RatingScale
from saccade.tasks.recommendation.predictor import RecommendationPredictor
from saccade.tasks.recommendation.ratings_files import recommend_file


@pytest.fixture
def recommended(of_file, tmp_path):
    """Give a function that writes a file and returns what is recommended to whom, and the notes."""

    def ask(text, *, predictor=of_file, name="new.csv", count=2, columns=None):
        (tmp_path / name).write_text(text)
        notes = []
        found = list(
            recommend_file(predictor, tmp_path / name, count=count, reasons=0, note=notes.append, columns=columns)
        )
        return {each.user: [one.item for one in each.items] for each in found}, " ".join(notes)

    return ask


def test_each_user_of_a_file_is_answered_by_what_the_file_says(recommended, of_file):
    found, notes = recommended("user,item,rating\nzoe,10,5\nmax,50,4\nzoe,40,1\n")
    assert list(found) == ["zoe", "max"]
    codes = np.array([[5, 0, 0, 1, 0, 0], [0, 0, 0, 0, 4, 0]], np.uint8)
    wanted = [[one.item for one in each.items] for each in of_file.recommend(codes, count=2)]
    assert list(found.values()) == wanted
    assert "'item' as item" in notes


def test_columns_are_those_that_the_training_was_told_where_the_file_has_them(recommended):
    text = "user,who,item,rating\n1,zoe,10,5\n1,max,50,4\n"
    assert list(recommended(text)[0]) == ["1"]
    assert list(recommended(text, columns={"user": "who", "title": "none"})[0]) == ["zoe", "max"]
    assert list(recommended(text, columns={"user": "somebody"})[0]) == ["1"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("max,999,4", "1 row left out, of items that this network does not know: 999."),
        ("max,10,9", "1 row left out, whose rating is none of the scale: 9.0."),
        ("max,10,", "1 row left out, whose rating is none of the scale"),
        (",10,5", "1 row left out, without a user or an item."),
    ],
)
def test_what_cannot_be_used_is_counted_and_said(recommended, row, said):
    found, notes = recommended(f"user,item,rating\nzoe,10,5\nzoe,20,4\nzoe,30,4\n{row}\n")
    assert said in notes
    assert "zoe" in found


def test_the_last_rating_of_an_item_counts(recommended):
    twice, _ = recommended("user,item,rating\nzoe,10,1\nzoe,40,2\nzoe,10,5\n")
    once, _ = recommended("user,item,rating\nzoe,10,5\nzoe,40,2\n")
    assert twice == once


def test_a_file_of_which_nothing_can_be_used_is_refused(recommended):
    with pytest.raises(DataError, match="items are called as in the data of the training, such as '10'"):
        recommended("user,item,rating\nzoe,Alien,5\n")


def test_who_took_what_is_no_rating(recommended, catalogue, by_hand):
    with pytest.raises(DataError, match="has no ratings"):
        recommended("user,item\nzoe,10\nmax,20\n")
    taken = type(catalogue)(catalogue.items, catalogue.titles, catalogue.counts, RatingScale((1.0,)))
    predictor = RecommendationPredictor("x", by_hand, taken, "by hand")
    found, _ = recommended("user,item\nzoe,10\nmax,20\n", predictor=predictor, count=6)
    assert "10" not in found["zoe"]
    assert len(found["zoe"]) == 5
