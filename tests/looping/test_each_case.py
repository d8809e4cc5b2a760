"""A rule with many cases in one test: all are tried, and the one that fails is named."""

import inspect

import pytest
from each_case import each_case


def test_all_combinations_are_tried_beside_the_fixtures():
    tried = []

    @each_case("letter", "ab")
    @each_case(("number", "word"), [(1, "one"), (2, "two")])
    def rule(fixture, letter, number, word):
        tried.append((fixture, letter, number, word))

    assert list(inspect.signature(rule).parameters) == ["fixture"]
    rule(fixture=0)
    assert tried == [(0, letter, *rest) for letter in "ab" for rest in ((1, "one"), (2, "two"))]


def test_the_case_that_fails_is_named():
    @each_case("number", [1, 2, 3])
    def rule(number):
        assert number < 2

    with pytest.raises(AssertionError) as caught:
        rule()
    assert caught.value.__notes__ == ["in the case number = 2"]


def test_a_long_case_is_named_by_its_beginning():
    @each_case("text", ["x" * 1000])
    def rule(text):
        pytest.fail("always")

    with pytest.raises(pytest.fail.Exception) as caught:
        rule()
    assert len(caught.value.__notes__[0]) < 250


def test_a_rule_without_a_case_is_refused():
    with pytest.raises(AssertionError, match="no case"):
        each_case("number", [])
