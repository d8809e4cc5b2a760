import json

import numpy as np
import pytest

from saccade.core.errors import DataError, SaccadeError, UnknownNameError
from saccade.modalities.ratings.scale import RatingScale
from saccade.tasks.recommendation.catalogue import Catalogue


@pytest.mark.parametrize(
    ("word", "place"), [("10", 0), ("Alien (1979)", 0), ("ALIENS (1986)", 1), (" solaris (1972) ", 2), ("60", 5)]
)
def test_an_item_is_found_by_its_name_or_its_title(catalogue, word, place):
    assert catalogue.place(word) == place


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Aliens", "Did you mean 'Aliens (1986)' (item 20)?"),
        ("alien", "Did you mean 'Alien (1979)' (item 10)?"),  # the beginning of two: the shorter
        ("Solariss (1972)", "Did you mean 'Solaris (1972)'"),
        ("qqqq", "There is no item 'qqqq' among the 6 that this network knows."),
        ("Heat (1995)", "2 items are called 'Heat (1995)': '40' and '60'. Name the one that is meant."),
        ("", "There is no item ''"),
    ],
)
def test_an_item_that_is_not_there_is_said_with_the_nearest(catalogue, word, said):
    with pytest.raises(UnknownNameError) as error:
        catalogue.place(word)
    assert said in str(error.value)


def test_words_are_read_as_ratings_also_of_titles_with_an_equals_sign(catalogue):
    assert catalogue.read(["10=5", "E=mc² (2005)=3.5", " Heat = 4"]) == {"10": 5.0, "E=mc² (2005)": 3.5, "Heat": 4.0}


@pytest.mark.parametrize("words", [["10"], ["=5"], ["10="], ["10=good"], ["10=5", "10=4"]])
def test_words_that_are_no_ratings_are_refused_with_an_example(catalogue, words):
    with pytest.raises(DataError, match="such as 10=5|rated twice"):
        catalogue.read(words)


@pytest.mark.parametrize("rating", [0, 6, 3.5, -1, float("nan"), float("inf")])
def test_a_rating_off_the_scale_is_refused(catalogue, rating):
    with pytest.raises(DataError, match="is no rating here. Ratings are 1, 2, 3, 4, 5."):
        catalogue.codes({"10": rating})


def test_an_item_is_not_rated_under_two_names(catalogue):
    with pytest.raises(DataError, match="rated twice, the second time as 'Alien"):
        catalogue.codes({"10": 5, "Alien (1979)": 4})


def test_ratings_become_codes(catalogue):
    assert catalogue.codes({"20": 5, "Ronin (1998)": 1}).tolist() == [0, 5, 0, 0, 1, 0]
    halves = Catalogue(("a",), ("a",), (1,), RatingScale((0.5, 1.0, 1.5)))
    assert halves.codes({"a": 1.5}).tolist() == [3]


def test_of_a_scale_that_was_made_each_rating_counts_as_its_nearest_level():
    made = Catalogue(("a",), ("a",), (1,), RatingScale((4.0, 21.0, 50.0, 88.0)))
    assert [made.code(rating) for rating in (0, 30, 40, 100)] == [1, 2, 3, 4]
    with pytest.raises(DataError):
        made.code(1000)


def test_titles_are_searched_those_first_that_most_rated(catalogue):
    assert [catalogue.items[at] for at in catalogue.search("a", count=3)] == ["10", "40", "20"]
    assert [catalogue.items[at] for at in catalogue.search("ALIEN", count=9)] == ["10", "20"]
    assert len(catalogue.search("", count=4)) == 4


def test_it_travels_as_json(catalogue):
    assert Catalogue.from_dict(json.loads(json.dumps(catalogue.to_dict()))) == catalogue


@pytest.mark.parametrize(
    "changes",
    [
        {"items": []},
        {"items": ["a", "a", "b", "c", "d", "e"]},
        {"titles": ["one"]},
        {"counts": ["many"] * 6},
        {"counts": [9, 5, 2, 7, 3, -1]},
        {"scale": []},
        {"scale": [2.0, 1.0]},
        {"scale": [1.0, "5"]},
        {"scale": [float(level) for level in range(256)]},
        {"items": "abcdef"},
    ],
)
def test_what_cannot_be_is_refused(catalogue, changes):
    with pytest.raises((ValueError, SaccadeError)):
        Catalogue.from_dict({**catalogue.to_dict(), **changes})


def test_a_misspelt_title_among_very_many_is_still_found_quickly():
    titles = tuple(f"{'abcdefghij'[number % 10]}{number:05d} film" for number in range(30_000))
    many = Catalogue(titles, titles, (1,) * 30_000, RatingScale((1.0,)))
    with pytest.raises(UnknownNameError, match="Did you mean 'h12347 film'"):
        many.place("h12347 filn")
    assert np.isclose(many.code(1), 1)
