from typing import ClassVar

import click
import pytest

from saccade.cli import _task_options as module
from saccade.cli import run as command_line
from saccade.core.errors import RecipeError
from saccade.tasks import base


class Counting:
    """As much of a task as says which options it has."""

    command_options: ClassVar = {"predict": (click.Option(["--rounded"], is_flag=True, help="In whole numbers."),)}
    input_options = ("rounded",)
    new_inputs = "PHOTOS"


@pytest.fixture
def counting(monkeypatch):
    """Put a task of another package beside ours, twice: for two modalities."""
    monkeypatch.setattr(base, "all_of", lambda name: [Counting(), Counting()])
    return Counting()


def test_a_command_has_the_options_that_tasks_say_each_once(counting):
    @click.command()
    @module.options_of_tasks("predict")
    def command(**given):
        return given

    assert [option.name for option in command.params] == ["rounded"]
    assert command.main(["--rounded"], standalone_mode=False) == {"rounded": True}


def test_a_task_knows_its_own_options_and_those_that_it_names(counting):
    assert module.known_options(counting, "predict", ("data",)) == ("data", "rounded")
    assert module.known_options(counting, "inspect") == ()


def test_options_that_are_left_out_are_not_given():
    values = {"a": None, "b": False, "c": (), "d": 0, "e": 0.0, "f": ("x",), "g": True}
    assert module.given_options(values) == {"d": 0, "e": 0.0, "f": ("x",), "g": True}


def test_inputs_or_an_option_in_their_place_must_be_given(counting):
    module.refuse_no_inputs(counting, (), {"rounded": True})
    module.refuse_no_inputs(counting, ("a.jpg",), {})
    with pytest.raises(RecipeError, match="name PHOTOS behind the run or file, or give --rounded"):
        module.refuse_no_inputs(counting, (), {})


def test_the_help_of_predict_has_the_options_of_every_task(capsys):
    assert command_line(["predict", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in ("--abstain", "--only-alarms", "--coco", "--rate"))
