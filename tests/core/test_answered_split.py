"""What is said of a split goes to a file and comes back."""

import json

import pytest

from saccade.core.answered_split import AnsweredInput, AnsweredSplit, AnswerGroup, Mark, Matrix

BOX = Mark("missed", "a cat, missed", 0.1, 0.2, 0.3, 0.4)
CAT = AnsweredInput("a/1.png", "dog", "cat", "probability 0.900", ("a/1.png",), "data:image/png;base64,", (BOX,))
DOG = AnsweredInput("a/2.png", "dog", "dog", "probability 0.800")
FOUND = AnsweredSplit(
    "validation",
    "images",
    2,
    (AnswerGroup("mistakes", "Mistakes", "", 1, (CAT,)), AnswerGroup("1,1", "dog, recognised", "", 1, (DOG,))),
    Matrix(("cat", "dog"), ((0, 1, 1), (1, 1, 1))),
    {"a/1.png": False, "a/2.png": True},
)


def test_it_comes_back_from_json_as_it_was():
    assert AnsweredSplit.from_dict(json.loads(json.dumps(FOUND.to_dict()))) == FOUND


def test_a_group_is_found_by_its_key():
    assert FOUND.group("1,1").inputs == (DOG,)
    assert FOUND.group("0,0") is None


def test_that_of_another_version_is_no_answer():
    with pytest.raises((KeyError, TypeError)):
        AnsweredSplit.from_dict({"split": "validation"})
