"""Recipe fields on the command line: `--epochs 20`, `epochs=20`, `--model.dropout 0.3`, `augment.flip=both`."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from saccade.cli._options import unknown_option
from saccade.core import registry
from saccade.core.errors import RecipeError
from saccade.core.recipe import read, recipe_class
from saccade.core.recipe_fields import RecipeField, fields_of, parse_value

PREFIX = "field__"

WORDS = "saccade.words"
"""Where a context keeps the words of a command as they were given."""


class SettingsCommand(click.Command):
    """A command with an option for every setting of a recipe: those of all tasks, and those of the task at hand.

    The task is that of `--task NAME` or of the recipe that is named; settings of another one are taken too, and
    refused by the recipe.
    """

    _task = ""

    def make_context(self, info_name: str | None, args: list[str], *given: Any, **named: Any) -> click.Context:
        """Find the task in the words before they are parsed: the options, and the help, depend on it."""
        self._task = _task_in(args)
        words = [*args]
        context = super().make_context(info_name, args, *given, **named)
        context.meta[WORDS] = words
        return context

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own options, then the settings."""
        return [*super().get_params(ctx), *(option for options in self._settings().values() for option in options)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections, by who has them."""
        own = [option for option in super().get_params(ctx) if isinstance(option, click.Option)]
        sections: dict[str, list[click.Option]] = {"Options": own, **self._settings()}
        for heading, options in sections.items():
            lines = [line for option in options if (line := option.get_help_record(ctx))]
            with formatter.section(heading):
                formatter.write_dl(lines)
        others = ", ".join(f"--task {name}" for name in registry.names("tasks") if name != self._task)
        if others:
            formatter.write(f"\nSettings of other tasks: saccade {self.name} --help with {others}.\n")

    def _settings(self) -> dict[str, list[click.Option]]:
        sections: dict[str, list[click.Option]] = {}
        for field in fields_of(self._task):
            sections.setdefault(f"Settings of {field.section}", []).append(_option(field))
        return sections


def _task_in(words: list[str]) -> str:
    """Return the task that words name, the default one when they name none or one that is not there."""
    given = [after for word, after in pairwise([*words, ""]) if word == "--task"]
    given += [word.partition("=")[2] for word in words if word.startswith(("--task=", "task="))]
    given += [str(read(word).task) for word in words if word in registry.names("recipes")]
    return next((name for name in given if name in registry.names("tasks")), registry.default_task())


def _option(field: RecipeField) -> click.Option:
    names = [f"--{field.name.replace('_', '-')}", f"{PREFIX}{field.name.replace('.', '__')}"]
    return click.Option(names, metavar=_metavar(field), help=_help(field))


def _metavar(field: RecipeField) -> str:
    if field.choices:
        return "|".join(field.choices)
    return {"integer": "N", "number": "X", "boolean": "true|false"}.get(field.kind, "TEXT")


def _help(field: RecipeField) -> str:
    shown = "" if field.default in (None, False, 0, "none", "") else f" [{field.default}]"
    return f"{field.about}{shown}"


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
        if word.startswith("-"):
            _refuse_unknown_option(name)
            if not equals and not rest:
                raise RecipeError(f"{word} needs a value.")
            found[name[2:].replace("-", "_")] = value if equals else rest.pop(0)
        elif equals and "/" not in name and not Path(word).exists():
            found[name] = value
        else:
            words.append(word)
    if len(words) > 1:
        raise RecipeError(f"Expected one recipe or data set, found {len(words)}: {', '.join(words)}.")
    return (words[0] if words else None), {name: parse_value(name, text) for name, text in found.items()}


def _refuse_unknown_option(name: str) -> None:
    """Raise UnknownNameError for an option that neither the command nor the recipes of any task have."""
    fields = {each for task in registry.names("tasks") for each in recipe_class(task).model_fields}
    if name.startswith("--") and name[2:].replace("-", "_").partition(".")[0] in fields:
        return
    context = click.get_current_context(silent=True)
    own = {option for each in (context.command.params if context else ()) for option in each.opts}
    raise unknown_option(name, {*own, *(f"--{each.replace('_', '-')}" for each in fields)})
