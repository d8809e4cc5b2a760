"""Recipe fields on the command line: `--epochs 20`, `epochs=20`, `--model.dropout 0.3`, `augment.flip=both`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml

from saccade import registry
from saccade.errors import RecipeError, unknown
from saccade.recipe import Augment, Recipe

PREFIX = "field__"

RAW = ("name", "task", "data")
"""Fields that are text: a folder called 2024 stays text."""


def field_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every field of the recipe to a command."""
    fields = {name: field for name, field in Recipe.model_fields.items() if name != "augment"}
    fields |= {f"augment.{name}": field for name, field in Augment.model_fields.items()}
    for name, field in reversed(fields.items()):
        described = f"{field.description}{_default(field.default)}"
        option = f"--{name.replace('_', '-')}", f"{PREFIX}{name.replace('.', '__')}"
        function = click.option(*option, metavar="VALUE", help=described)(function)
    return function


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
        if word.startswith("--"):
            if not equals and not rest:
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
    """Return `quick-<data>` where there is one, else `quick`."""
    own = f"quick-{data.replace('_', '-')}"
    return own if own in registry.names("recipes") else "quick"


def _value(name: str, text: str) -> Any:
    if name in RAW:
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text  # the recipe says what is wrong with it


def _default(value: Any) -> str:
    return "" if value in (None, False, 0, "none") else f" [{getattr(value, 'name', value)}]"
