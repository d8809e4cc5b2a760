"""TrainingForm: the settings of a recipe as entries of a form: what most people need, and the others in groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.core import registry
from saccade.core.recipe import Recipe
from saccade.core.recipe_fields import EVERY_TASK, RecipeField, fields_of
from saccade.studio.training_wish import CHOSEN_APART, PREFIX, TrainingWish, wrong_field

FIRST = (
    *("budget", "epochs", "model", "pretrained", "image_size", "label", "normal", "time", "user_column", "item_column"),
    *("rating_column", "early_stopping"),
)
"""What stands open; the rest is one click away."""

LABELS = {"l1": "L1", "l2": "L2", "ema": "Moving average of weights", "budget": "Time budget", "beta_2": "Beta 2"}


@dataclass(frozen=True)
class Entry:
    """An entry of the form.

    Attributes:
        key: its name in the form.
        label, help: that a person reads.
        value: what was typed.
        placeholder: what it is when nothing is typed.
        choices: None where anything may be typed.
        suggestions: names that would do, with a line on each.
        wrong: what is wrong with what was typed.
    """

    key: str
    label: str
    help: str
    value: str
    placeholder: str
    choices: tuple[str, ...] | None
    suggestions: dict[str, str]
    wrong: str

    @property
    def is_set(self) -> bool:
        """Whether something was typed."""
        return bool(self.value)


@dataclass(frozen=True)
class TrainingForm:
    """A form with what was typed.

    Attributes:
        wish: what was typed.
        task: that the settings are of.
        recipe: whose values they have when nothing is typed.
        first: the entries that stand open.
        groups: the others, by a heading.
        error: a sentence on what cannot work, "" where nothing is wrong.
    """

    wish: TrainingWish
    task: str
    recipe: str
    first: list[Entry]
    groups: dict[str, list[Entry]]
    error: str

    @classmethod
    def of(cls, wish: TrainingWish, workspace: Path, *, error: str = "") -> "TrainingForm":
        """Return the form for what was typed; `error` is what is wrong with it, as the recipe says it."""
        recipe, problem = wish.expected(workspace) if wish.data or wish.recipe or wish.task else _nothing()
        wrong = dict([wrong_field(line) for line in error.splitlines()])
        fields = [field for field in fields_of(recipe.task) if field.name not in CHOSEN_APART]
        entries = {field.name: _entry(field, wish, recipe, wrong.get(field.name, "")) for field in fields}
        groups: dict[str, list[Entry]] = {}
        for field in fields:
            if field.name not in FIRST:
                groups.setdefault(_heading(field.section), []).append(entries[field.name])
        first = [entries[name] for name in FIRST if name in entries]
        return cls(wish, recipe.task, recipe.name, first, groups, error or problem)


def _nothing() -> tuple[Recipe, str]:
    """Return what the settings are of before anything was named."""
    return TrainingWish(task=registry.default_task()).expected(Path())


def _entry(field: RecipeField, wish: TrainingWish, recipe: Recipe, wrong: str) -> Entry:
    is_choice = bool(field.choices) or field.kind == "boolean"
    return Entry(
        key=f"{PREFIX}{field.name}",
        label=_label(field.name),
        help=field.about,
        value=wish.settings.get(field.name, ""),
        placeholder=_written(_value(recipe, field.name)),
        choices=(field.choices or ("true", "false")) if is_choice else None,
        suggestions=_suggestions(field.name, recipe.task),
        wrong=wrong,
    )


def _label(name: str) -> str:
    """Return "Learning rate" for "learning_rate", "Augment: flip" for "augment.flip"."""
    words = LABELS.get(name) or name.replace("_", " ").replace(".", ": ")
    return f"{words[0].upper()}{words[1:]}"


def _heading(section: str) -> str:
    return "Training" if section == EVERY_TASK else f"Settings of {section.replace('_', ' ')}"


def _value(recipe: Recipe, name: str) -> Any:
    found: Any = recipe
    for part in name.split("."):
        found = getattr(found, part)
    return getattr(found, "name", found)


def _written(value: Any) -> str:
    """Return a value as one would type it; "left open" where the data settle it."""
    if value is None or value == "":
        return "left open"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "left open"
    return str(value)


def _suggestions(name: str, task: str) -> dict[str, str]:
    if name != "model":
        return {}
    return registry.descriptions(str(registry.constant("tasks", task, "NETWORKS")))
