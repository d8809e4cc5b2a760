"""Parts of tasks: each stands where its task says, loads only when it is asked for, and fits the protocol."""

import inspect
import sys

import pytest
from each_case import each_case

from saccade.core import registry
from saccade.tasks import base
from saccade.tasks.parts import Part, part, parts
from saccade.tasks.protocol import Task

TASKS = [task for name in registry.names("tasks") for task in base.all_of(name)]
PARTS = {
    f"{type(task).__name__}.{name}": (task, name)
    for task in TASKS
    for name in dir(type(task))
    if isinstance(getattr(type(task), name), Part)
}


class Lazy:
    """Something with parts, in this module."""

    folded = part("json:dumps")
    both = parts("json:dumps", "json:loads")
    missing = part("saccade.nowhere:nothing")


def test_a_part_is_what_stands_at_its_place():
    import json

    assert Lazy().folded is json.dumps
    assert Lazy().both == (json.dumps, json.loads)


def test_a_part_loads_only_when_it_is_asked_for():
    assert isinstance(Lazy.missing, Part)
    with pytest.raises(ModuleNotFoundError, match="saccade.nowhere"):
        _ = Lazy().missing


def test_a_module_with_a_point_is_of_the_task_s_own_package():
    for task, name in PARTS.values():
        part = getattr(type(task), name)
        package = sys.modules[type(task).__module__].__package__
        assert all(place.startswith(".") or package not in place for place in part.places)


@pytest.mark.heavy
@each_case("where", PARTS)
def test_each_part_takes_what_the_protocol_gives(where):
    task, name = PARTS[where]
    found, asked = getattr(task, name), getattr(Task, name, None)
    if isinstance(asked, property) or not callable(asked):  # a value, or a part of one task alone
        return
    parameters = list(inspect.signature(asked).parameters.values())[1:]
    positional = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    named = {each.name: None for each in parameters if each.kind is each.KEYWORD_ONLY}
    inspect.signature(found).bind(*positional, **named)
