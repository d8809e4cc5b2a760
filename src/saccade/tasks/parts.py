"""Parts of a task that stand in modules of their own, imported when a stage asks for them."""

from importlib import import_module
from importlib.util import resolve_name
from typing import Any


class Part:
    """Something of a task, found by its place when it is needed: a function, a class, or several as a tuple.

    Read from a task it is the thing itself; read from the class it is this note of where it stands.
    """

    def __init__(self, *places: str, is_one: bool) -> None:
        self.places = places
        self._is_one = is_one
        self._package = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._package = owner.__module__.rpartition(".")[0]

    def __get__(self, task: object | None, owner: type) -> Any:
        return self if task is None else self.load()

    def load(self) -> Any:
        """Return what stands there, importing its modules."""
        found = tuple(self._at(place) for place in self.places)
        return found[0] if self._is_one else found

    def _at(self, place: str) -> Any:
        module, _, name = place.partition(":")
        return getattr(import_module(resolve_name(module, self._package)), name)


def part(place: str) -> Any:
    """Return a part of a task, which stands in a module of its own.

    Nothing is imported until a stage asks for it, so that listing tasks, or predicting on a machine without Keras,
    loads nothing that is not needed. A function is called without the task.

        prepare = part(".preparation:prepare")

    Args:
        place: module and name; a module that begins with a point is of the task's own package.
    """
    return Part(place, is_one=True)


def parts(*places: str) -> Any:
    """Return several parts of a task, which stand in a tuple; as `part`."""
    return Part(*places, is_one=False)
