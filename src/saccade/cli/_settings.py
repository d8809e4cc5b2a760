"""Recipe fields on the command line: `--epochs 20`, `epochs=20`, `--model.dropout 0.3`, `augment.flip=both`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from saccade.core import registry
from saccade.core.errors import RecipeError, unknown
from saccade.core.recipe import Augment, Recipe
from saccade.core.safe_yaml import parse_yaml

PREFIX = "field__"

RAW = ("name", "task", "data", "overrides", "label", "normal", "time", "time_format", "threshold")
"""Fields that are text: a folder called 2024 stays text."""


def field_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every field of the recipe to a command."""
    fields = {name: schema for name, schema in _schema(Recipe).items() if name != "augment"}
    fields |= {f"augment.{name}": schema for name, schema in _schema(Augment).items()}
    for name, schema in reversed(fields.items()):
        option = f"--{name.replace('_', '-')}", f"{PREFIX}{name.replace('.', '__')}"
        function = click.option(*option, metavar=_metavar(schema), help=_help(schema))(function)
    return function


def _schema(settings: type[BaseModel]) -> dict[str, dict[str, Any]]:
    return dict(settings.model_json_schema()["properties"])


def _metavar(schema: dict[str, Any]) -> str:
    kinds = schema.get("anyOf", [schema])
    if "enum" in kinds[0]:
        return "|".join(str(value) for value in kinds[0]["enum"])
    return {"integer": "N", "number": "X", "boolean": "true|false"}.get(kinds[0].get("type", ""), "TEXT")


def _help(schema: dict[str, Any]) -> str:
    text, default = schema["description"], schema.get("default")
    shown = default.get("name") if isinstance(default, dict) else default
    return f"{text[0].upper()}{text[1:]}." + ("" if shown in (None, False, 0, "none") else f" [{shown}]")


def changes(options: dict[str, Any], leftovers: tuple[str, ...]) -> tuple[str | None, dict[str, Any]]:
    """Return what to train (the one bare word, if any) and the fields to change.

    Args:
        options: Click's values; those of fields are called field__epochs, field__augment__flip.
        leftovers: everything Click did not know: `epochs=20`, `--model.dropout`, `0.3`, a recipe's name.
    """
    given = {key: value for key, value in options.items() if value is not None}
    found = {key.removeprefix(PREFIX).replace("__", "."): value for key, value in given.items()}
    words: list[str] = []
    rest = list(leftovers)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--no-header":
            found["header"] = "false"
            continue
        if word.startswith("--"):
            if not equals and not rest:
                field = name[2:].replace("-", "_").partition(".")[0]
                if field not in Recipe.model_fields:
                    raise unknown("recipe field", field, Recipe.model_fields)
                raise RecipeError(f"{word} needs a value.")
            found[name[2:].replace("-", "_")] = value if equals else rest.pop(0)
        elif equals and "/" not in name and not Path(word).exists():
            found[name] = value
        else:
            words.append(word)
    if len(words) > 1:
        raise RecipeError(f"Expected one recipe or data set, found {len(words)}: {', '.join(words)}.")
    return (words[0] if words else None), {name: _value(name, text) for name, text in found.items()}


def what_to_train(word: str | None, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the recipe to read and the fields to change; data instead of a recipe means the default recipe."""
    if word is None:
        return "quick", fields
    if word in registry.names("recipes") or Path(word).suffix in {".yaml", ".yml"}:
        return word, fields
    if word in registry.names("data") or Path(word).exists():
        return default_recipe(word), {"data": word, **fields}
    if "/" in word:
        return "quick", {"data": word, **fields}  # loading says what is wrong with the path
    raise unknown("recipe, data set or folder", word, [*registry.names("recipes"), *registry.names("data")])


def default_recipe(data: str) -> str:
    """Return `ae` for a table of rows, and for images `quick-<data>` where there is one, else `quick`."""
    if data.lower().endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".parquet", ".npz")):
        from saccade.tasks.modality import is_table  # here, for it loads Polars

        if is_table(data):
            return "ae"
    own = f"quick-{data.replace('_', '-')}"
    return own if own in registry.names("recipes") else "quick"


def _value(name: str, text: str) -> Any:
    if name in RAW:
        return text
    try:
        return parse_yaml(text)
    except ValueError:
        return text  # the recipe says what is wrong with it
