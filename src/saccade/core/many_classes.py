"""Many classes: from how many on not all are shown, and which are then."""

from collections.abc import Callable, Iterable, Sized
from typing import Any, TypeVar

MOST_SHOWN, SHOWN_OF_MORE = 100, 20
"""Classes of which all are shown; of more, so many."""

Class = TypeVar("Class")


def are_many(classes: Sized) -> bool:
    """Return whether classes are too many to show all of them."""
    return len(classes) > MOST_SHOWN


def first_of_many(classes: Iterable[Class], *, key: Callable[[Class], Any]) -> list[Class]:
    """Return the few that are shown of many classes: those whose key is the smallest, that one first."""
    return sorted(classes, key=key)[:SHOWN_OF_MORE]
