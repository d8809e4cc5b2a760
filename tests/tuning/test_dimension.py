import pytest

from saccade.core.errors import RecipeError
from saccade.tuning.dimension import Choice, Range, dimension


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([1e-4, 1e-2, "log"], Range("rate", 1e-4, 1e-2, log=True)),
        (["1e-4", "1e-2", "log"], Range("rate", 1e-4, 1e-2, log=True)),
        ([0.0, 0.5], Range("rate", 0.0, 0.5)),
        ([16, 32, 64], Choice("rate", (16, 32, 64))),
        ({"choices": [0, 1]}, Choice("rate", (0, 1))),
        ([[1, 1], [1, 2]], Choice("rate", ([1, 1], [1, 2]))),
        (["adam", "sgd"], Choice("rate", ("adam", "sgd"))),
    ],
)
def test_a_range_or_choices_are_read_as_a_recipe_writes_them(said, expected):
    found = dimension("rate", said)
    assert found == expected
    assert dimension("rate", found.to_plain()) == found


def test_whole_bounds_give_whole_numbers():
    assert dimension("width", [8, 64, "log"]).is_whole
    assert not dimension("width", [8, 64.5]).is_whole


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ([0.1, 0.01], "write the smaller number first"),
        ([0, 1, "log"], "start above 0"),
        ([1, 2, 3, "log"], "a log range has two numbers"),
        (0.1, "write .low, high."),
        ([], "write .low, high."),
        (["adam"], "1 value to choose from"),
        ({"from": 1}, "write .low, high."),
    ],
)
def test_what_cannot_be_searched_is_refused_in_a_sentence(said, match):
    with pytest.raises(RecipeError, match=match):
        dimension("rate", said)


def test_a_dimension_knows_which_values_it_holds():
    assert dimension("rate", [0.1, 0.5]).holds(0.3)
    assert not dimension("rate", [0.1, 0.5]).holds(None)
    assert dimension("layers", [[1, 1], [1, 2]]).holds((1, 2))
