"""RecipeField: a setting of a recipe as a person is asked for it, on the command line or in a form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from saccade.core.recipe import Recipe, nested, recipe_class
from saccade.core.safe_yaml import parse_yaml

RAW = ("name", "task", "data", "overrides", "label", "normal", "time", "time_format", "threshold")
"""Fields that are text: a folder called 2024 stays text."""

EVERY_TASK = "every task"


@dataclass(frozen=True)
class RecipeField:
    """A setting.

    Attributes:
        name: "epochs"; of a field's own fields with a dot, "augment.flip".
        section: who has it: "every task", a modality, or the task.
        about: what it is, a sentence.
        kind: "integer", "number", "boolean" or "text".
        choices: what it may be, where that is a list.
        default: what it is when nobody says it; None where that depends on the data.
    """

    name: str
    section: str
    about: str
    kind: str
    choices: tuple[str, ...]
    default: Any


def fields_of(task: str) -> list[RecipeField]:
    """Return the settings of a task's recipes in the order of their classes, without those that Saccade keeps itself.

    Raises:
        UnknownNameError: there is no such task; names the nearest.

    For example::

        [field.name for field in fields_of("classification") if field.section == "images"]
    """
    kind = recipe_class(task)
    return [_field(name, schema, _section(kind, name.partition(".")[0], task)) for name, schema in _schemas(kind)]


def parse_value(name: str, text: str) -> Any:
    """Return the value of a setting that was written as text; the recipe says what is wrong with it."""
    if name in RAW:
        return text
    try:
        return parse_yaml(text)
    except ValueError:
        return text


def _schemas(kind: type[Recipe]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON schema of each setting; those of a field's own fields come last."""
    inner = nested(kind)
    yield from ((name, schema) for name, schema in _properties(kind) if name not in inner)
    for name, below in inner.items():
        yield from ((f"{name}.{each}", schema) for each, schema in _properties(below))


def _properties(settings: type[BaseModel]) -> list[tuple[str, dict[str, Any]]]:
    found = settings.model_json_schema()["properties"].items()
    return [(name, schema) for name, schema in found if schema.get("kept_by") != "saccade"]


def _section(kind: type[Recipe], field: str, task: str) -> str:
    owner = next(each for each in reversed(kind.__mro__) if field in getattr(each, "model_fields", {}))
    if owner is Recipe:
        return EVERY_TASK
    return owner.__module__.split(".")[2] if "modalities" in owner.__module__ else task


def _field(name: str, schema: dict[str, Any], section: str) -> RecipeField:
    first = schema.get("anyOf", [schema])[0]
    kind = str(first.get("type", "text"))
    default = schema.get("default")
    return RecipeField(
        name=name,
        section=section,
        about=f"{schema['description'][0].upper()}{schema['description'][1:]}.",
        kind=kind if kind in {"integer", "number", "boolean"} else "text",
        choices=tuple(str(value) for value in first.get("enum", ())),
        default=default.get("name") if isinstance(default, dict) else default,
    )
