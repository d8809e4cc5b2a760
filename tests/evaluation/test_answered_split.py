"""Answers of a split are asked once, kept in the run, and asked anew when the network changes; the test is sealed."""

import os

import pytest

import saccade
from saccade.core.errors import RunError, UnknownNameError
from saccade.core.run import Run
from saccade.evaluation.answered_split import answered_split, kept_answers
from saccade.tasks.protocol import Task

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def digits(small_quick_run) -> Run:
    return small_quick_run()


@pytest.fixture(scope="session")
def found(digits):
    return answered_split(digits)


def test_the_matrix_counts_every_image_and_the_cells_hold_them(found):
    cells = {(true, said): count for true, said, count in found.matrix.cells}
    assert sum(cells.values()) == found.count == 153
    for true in range(10):
        for said in range(10):
            group = found.group(f"{true},{said}")
            assert (group.count if group else 0) == cells.get((true, said), 0)


def test_the_surest_mistake_comes_first_and_has_a_picture(found):
    mistakes = found.group("mistakes").inputs
    assert [each.detail for each in mistakes] == sorted((each.detail for each in mistakes), reverse=True)
    assert all(each.said != each.true and each.source.startswith("data:image/png") for each in mistakes)
    assert all(found.right[each.name] is False for each in mistakes)


def test_it_agrees_with_the_evaluation_of_the_same_split(digits, found):
    evaluation = saccade.load(digits.path).evaluate(split="validation")
    assert sum(found.right.values()) / found.count == pytest.approx(evaluation.accuracy.value)


def test_what_was_asked_is_kept_until_the_network_changes(digits, found, monkeypatch):
    assert kept_answers(digits, "validation") == found
    os.utime(digits.model_path)
    assert kept_answers(digits, "validation") is None
    digits.write_answered("validation", {"made_of": digits.answering_state, **found.to_dict()})
    monkeypatch.setattr(Task, "answered", None)  # it is not asked again
    assert answered_split(digits) == found


def test_the_test_split_stays_sealed(digits):
    with pytest.raises(RunError, match="is sealed. Open it when every choice is made: saccade evaluate"):
        answered_split(digits, split="test")
    assert not (digits.path / "answers" / "test.json").exists()


def test_another_split_is_named(digits):
    with pytest.raises(UnknownNameError, match="Did you mean 'validation'"):
        answered_split(digits, split="validtion")


def test_damaged_answers_are_asked_anew(digits, found):
    path = digits.path / "answers" / "validation.json"
    path.write_text("{", encoding="utf-8")
    assert kept_answers(digits, "validation") is None
    assert answered_split(digits) == found
