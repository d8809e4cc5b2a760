"""Options of a command that only some tasks have: each task says its own, and no command names them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from saccade.core import registry
from saccade.core.errors import RecipeError
from saccade.tasks import base


def options_of_tasks(command: str) -> Callable[[Any], Any]:
    """Return a decorator that gives a command the options that tasks have for it; one that two share comes once."""

    def decorate(function: Any) -> Any:
        for option in reversed(list(_options(command))):
            # as click.option does; the object itself is the task's
            function.__dict__.setdefault("__click_params__", []).append(option)
        return function

    return decorate


def _options(command: str) -> Iterator[click.Option]:
    seen = set[str]()
    for task in (each for name in registry.names("tasks") for each in base.all_of(name)):
        for option in task.command_options.get(command, ()):
            if option.name not in seen:
                seen.add(str(option.name))
                yield option


def given_options(values: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a user gave, by name: not those that are left out, or flags that are not set."""
    return {name: value for name, value in values.items() if value is not None and value is not False and value != ()}


def known_options(task: base.Task, command: str, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what a task takes of a command: those it names of the command's own options, and its own."""
    return (*named, *(str(option.name) for option in task.command_options.get(command, ())))


def refuse_no_inputs(task: base.Task, inputs: Sequence[str], given: dict[str, Any]) -> None:
    """Raise RecipeError where nothing says what is to be answered: neither an input nor an option in its place."""
    if inputs or set(task.input_options) & given.keys():
        return
    instead = "".join(f", or give --{name.replace('_', '-')}" for name in task.input_options)
    raise RecipeError(f"Nothing to answer: name {task.new_inputs} behind the run or file{instead}.")
