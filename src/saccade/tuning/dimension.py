"""Dimension: one setting of a search, and the values it may take; read from what a recipe says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.core.errors import RecipeError

FORMS = "write [low, high], [low, high, log], or {choices: [a, b, c]}"


@dataclass(frozen=True)
class Range:
    """A setting that is a number between two others.

    Attributes:
        name: of the setting: "learning_rate", "model.dropout".
        low, high: the least and the largest value; whole numbers where only such are tried.
        log: whether its logarithm is searched.
    """

    name: str
    low: float
    high: float
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values by which one can see whether a recipe takes them."""
        return self.low, self.high

    def holds(self, value: Any) -> bool:
        """Say whether a value is one of those that are searched."""
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def to_plain(self) -> Any:
        """Return it as a recipe says it."""
        return [self.low, self.high, *(["log"] if self.log else [])]


@dataclass(frozen=True)
class Choice:
    """A setting that takes one of several values.

    Attributes:
        name: of the setting.
        values: plain values, in order: numbers, texts, or lists of them.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values by which one can see whether a recipe takes them."""
        return self.values

    def holds(self, value: Any) -> bool:
        """Say whether a value is one of those that are searched."""
        return plain(value) in self.values

    def to_plain(self) -> Any:
        """Return it as a recipe says it."""
        return {"choices": list(self.values)}


Dimension = Range | Choice


def dimension(name: str, said: Any) -> Dimension:
    """Return what a recipe says of a setting: `[1e-4, 1e-2, log]`, `[16, 32, 64]`, `{choices: [adam, sgd]}`.

    For example::

        dimension("learning_rate", [1e-4, 1e-2, "log"])  # Range("learning_rate", 0.0001, 0.01, log=True)

    Raises:
        RecipeError: it is none of these, the bounds are the wrong way round, or a log range reaches 0.
    """
    if isinstance(said, Mapping) and set(said) == {"choices"} and isinstance(said["choices"], list | tuple):
        return _choice(name, said["choices"])
    if not isinstance(said, list | tuple) or not said:
        raise RecipeError(f"search: {name} is {said!r}: {FORMS}.")
    values = [_number(value) for value in said]
    log = values[-1] == "log"
    bounds = values[:-1] if log else values
    if len(bounds) == 2 and all(_is_number(value) for value in bounds):
        return _range(name, *bounds, log=log)
    if log:
        raise RecipeError(f"search: {name} is {list(said)!r}: a log range has two numbers; {FORMS}.")
    return _choice(name, values)


def plain(value: Any) -> Any:
    """Return tuples as lists, as YAML and JSON have them."""
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def _choice(name: str, values: Any) -> Choice:
    distinct = [value for place, value in enumerate(values) if value not in values[:place]]
    if len(distinct) < 2:
        raise RecipeError(f"search: {name} has {len(distinct)} value to choose from: name two or more.")
    return Choice(name, tuple(plain(value) for value in distinct))


def _range(name: str, low: Any, high: Any, *, log: bool) -> Range:
    if low >= high:
        raise RecipeError(f"search: {name} goes from {low} to {high}: write the smaller number first.")
    if log and low <= 0:
        raise RecipeError(f"search: {name} is to be searched by its logarithm, but starts at {low}: start above 0.")
    return Range(name, low, high, log=log)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> Any:
    """Return 0.0001 for "1e-4", which YAML takes for a text."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
