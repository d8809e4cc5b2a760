"""The directive `recipe-fields`: every setting of a recipe that one class adds, read from the class itself.

    ```{recipe-fields} every task
    ```

The word behind it is one of the groups that `groups()` returns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from saccade.core import registry
from saccade.core.recipe import Recipe, nested, recipe_class


@dataclass(frozen=True)
class Field:
    """One setting: its name as a recipe writes it, what it takes, its default, and what it does."""

    name: str
    takes: str
    default: str
    text: str


def groups() -> dict[str, list[Field]]:
    """Return the fields by who has them: "every task", what goes in ("images"), what tasks share, and each task."""
    found: dict[str, dict[str, Field]] = {}
    for task in registry.names("tasks"):
        kind = recipe_class(task)
        for field in fields(kind):
            found.setdefault(_owner(kind, field.name, task), {})[field.name] = field
    return {name: list(each.values()) for name, each in found.items()}


def fields(kind: type[Recipe]) -> Iterator[Field]:
    """Yield the fields of a class of recipes; those within a field as "augment.flip"."""
    inner = nested(kind)
    for name, schema in kind.model_json_schema()["properties"].items():
        if name in inner:
            for each, below in inner[name].model_json_schema()["properties"].items():
                yield _field(f"{name}.{each}", below)
        else:
            yield _field(name, schema)


def _field(name: str, schema: dict[str, Any]) -> Field:
    return Field(name, _takes(schema), _default(schema.get("default")), schema.get("description", ""))


def _owner(kind: type[Recipe], name: str, task: str) -> str:
    field = name.partition(".")[0]
    owner = next(each for each in reversed(kind.__mro__) if field in getattr(each, "model_fields", {}))
    if owner is Recipe:
        return "every task"
    if ".modalities." in owner.__module__:
        return owner.__module__.split(".")[2]
    shared = fnmatch(owner.__module__, "saccade.tasks.*_settings")
    return owner.__module__.rpartition(".")[2].removesuffix("_settings") if shared else task


def _takes(schema: dict[str, Any]) -> str:
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return " or ".join(_kind(each) for each in kinds)


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "$ref" in schema:
        return "a name, or a name with options"
    words = {
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
        "string": "text",
        "object": "name: value",
        "array": "list of texts",
    }
    return words.get(schema.get("type", ""), "text") + _limits(schema)


def _limits(schema: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {_limit(schema[name])}" for name, sign in signs.items() if name in schema]
    return f" {', '.join(found)}" if found else ""


def _limit(value: float) -> str:
    """Return 4294967296 as 2³²: no reader counts its digits."""
    return "2³²" if value == 2**32 else f"{value:g}"


def _default(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name", "none"))
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value in (None, "", [], ()) else f"{value:g}" if isinstance(value, float) else str(value)


class RecipeFields(SphinxDirective):
    """A definition list of the fields of one group, each with an anchor of its own."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the list; a group that is not there is an error of the page."""
        known = groups()
        name = self.arguments[0]
        if name not in known:
            raise self.error(f"No group of fields '{name}'; there are: {', '.join(known)}.")
        listed = nodes.definition_list(classes=["recipe-fields"])
        for field in known[name]:
            listed += self._item(field)
        return [listed]

    def _item(self, field: Field) -> nodes.Node:
        term = nodes.term("", "", nodes.literal(text=field.name), ids=[f"field-{field.name.replace('.', '-')}"])
        term += nodes.inline("", f"  {field.takes}; left out: {field.default}", classes=["field-kind"])
        text = f"{field.text[:1].upper()}{field.text[1:]}."
        paragraphs = self.parse_text_to_nodes(text)
        return nodes.definition_list_item("", term, nodes.definition("", *paragraphs))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("recipe-fields", RecipeFields)
    return {"parallel_read_safe": True}
