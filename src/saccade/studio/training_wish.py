"""TrainingWish: what a person typed into the form of a training → the recipe it means, and the command that does it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.errors import SaccadeError
from saccade.core.pasted_path import pasted_path
from saccade.core.recipe import Recipe
from saccade.core.recipe_fields import parse_value

PREFIX = "set:"
"""Before the names of settings in a form, which are then unlike those of its other entries."""

CHOSEN_APART = ("data", "task")
"""Settings that have a place of their own at the top of the form."""


@dataclass(frozen=True)
class TrainingWish:
    """What was typed.

    Attributes:
        data: a name, folder, archive or table; "" for the recipe's own.
        recipe: the name of one; "" for the default one of the data.
        task: "" for the one that fits the data.
        settings: what was typed for a setting, by its name; only where something was.
    """

    data: str = ""
    recipe: str = ""
    task: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "TrainingWish":
        """Return what a form, or the query of an address, says."""
        given = {name.removeprefix(PREFIX): text.strip() for name, text in form.items() if name.startswith(PREFIX)}
        data, recipe, task = (form.get(name, "").strip() for name in ("data", "recipe", "task"))
        return cls(pasted_path(data), recipe, task, {name: text for name, text in given.items() if text})

    @property
    def form(self) -> dict[str, str]:
        """As the form has it, to be typed again."""
        typed = {"data": self.data, "recipe": self.recipe, "task": self.task}
        settings = {f"{PREFIX}{name}": text for name, text in self.settings.items()}
        return {name: text for name, text in {**typed, **settings}.items() if text}

    @property
    def words(self) -> list[str]:
        """What stands behind `saccade train`: `photos/ epochs=3`."""
        data = f"./{self.data}" if self.data.startswith("-") else self.data
        named = [self.recipe, *([f"data={data}"] if data else [])] if self.recipe else [data] if data else []
        task = [f"task={self.task}"] if self.task else []
        return [*named, *task, *(f"{name}={text}" for name, text in self.settings.items())]

    @property
    def checking(self) -> list[str]:
        """What stands behind `saccade check`."""
        return [*TrainingWish(self.data, "", self.task, self.settings).words]

    def settle(self, workspace: Path) -> Recipe:
        """Return the recipe that it means, with every setting that is not left to the data.

        Raises:
            SaccadeError: a name or value cannot work; says what to do, as the command line does.
        """
        from saccade.tasks import base

        recipe = self._read(workspace)
        base.for_recipe(recipe)
        return recipe

    def outlook(self, workspace: Path) -> str:
        """Return what the training would do that the form does not show; "" for nothing, or where it cannot be."""
        from saccade.tasks import base

        try:
            recipe = self.settle(workspace)
            return base.for_recipe(recipe).outlook(recipe)
        except SaccadeError:  # said when the training is started
            return ""

    def _read(self, workspace: Path) -> Recipe:
        from saccade.tasks import steps

        data = _as_path(self.data, workspace)
        fields: dict[str, Any] = {"data": data} if self.recipe and data else {}
        fields |= {"task": self.task} if self.task else {}
        fields |= {name: parse_value(name, text) for name, text in self.settings.items()}
        name, fields = (self.recipe, fields) if self.recipe else steps.what_to_train(data or None, fields)
        found: Recipe = recipes.read(name, **fields)
        return found

    def expected(self, workspace: Path) -> tuple[Recipe, str]:
        """Return the recipe without the settings that were typed, for what is when they are left out; and an error.

        The error is "" or the sentence why what was named cannot be used; the recipe is then that of the task alone.
        """
        try:
            return TrainingWish(self.data, self.recipe, self.task)._read(workspace), ""
        except SaccadeError as error:
            task = self.task if self.task in registry.names("tasks") else registry.default_task()
            return recipes.make({"task": task, **_any_model(task)}), str(error)


def _any_model(task: str) -> dict[str, Any]:
    """Return a network that a task has, where the usual one of recipes is none of its own."""
    from saccade.core.recipe import recipe_class

    known = registry.names(str(registry.constant("tasks", task, "NETWORKS")))
    usual = recipe_class(task).model_fields["model"].default.name
    return {} if usual in known else {"model": known[0]}


def _as_path(data: str, workspace: Path) -> str:
    """Return a path that a person typed in the workspace so that it is found from everywhere; a name as it is."""
    if not data or data in registry.known_data():
        return data
    path = workspace / Path(data).expanduser()
    return str(path) if path.exists() else data


def wrong_field(message: str) -> tuple[str, str]:
    """Return the setting that an error of a recipe is about, and what is wrong; ("", "") where it is about none."""
    found = re.match(r"([a-z][\w.]*): (.+)", message)
    return (found[1], found[2]) if found else ("", "")
