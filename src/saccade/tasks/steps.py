"""The first steps of every verb, whichever face asks: which recipe, its data in their splits, what is wrong with them.

Nothing here waits for Keras, so that bad input is refused at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from saccade.core import backend, registry
from saccade.core import recipe as recipes
from saccade.core.audit import Audit
from saccade.core.errors import RecipeError, UnknownNameError, unknown
from saccade.core.pending_audit import PendingAudit
from saccade.core.recipe import Recipe
from saccade.core.shell_words import shell_word
from saccade.tasks import base
from saccade.tasks.protocol import Task


@dataclass(frozen=True)
class Prepared:
    """A recipe with every open setting filled in, and its data in their splits.

    Attributes:
        recipe: the settings.
        dataset: of the class that the task has for its data.
        began: when the work on it began, by `time.monotonic`: a budget of time counts from there.
    """

    recipe: Recipe
    dataset: Any
    began: float = field(default_factory=time.monotonic)

    @cached_property
    def task(self) -> Task:
        """What is asked of the data."""
        return base.named(self.recipe.task, self.dataset.modality)

    def audit(
        self, *, quiet: bool, strict: bool = False, show: Callable[[Audit], object] = lambda audit: None
    ) -> Audit:
        """Return what is wrong with the data and their split, the worst first.

        Args:
            quiet: no progress bars.
            strict: raise DataError when there is a warning or worse, before it is shown.
            show: is given what was found.
        """
        found = self.task.audit(self.dataset, quiet=quiet)
        if strict:
            found.refuse_problems()
        show(found)
        return found

    def audit_beside(self, *, show: Callable[[Audit], object] = lambda audit: None) -> PendingAudit:
        """Return the audit that begins now and runs beside what follows; `show` is given what was found."""
        return PendingAudit(partial(self.audit, quiet=True), show=show)

    def write_audit_page(self, audit: Audit, path: Path) -> None:
        """Write an audit as one HTML page; raises DataError where it cannot be written."""
        self.task.write_audit_page(audit, self.dataset, path)

    def find_wrong_labels(self, **options: Any) -> Any:
        """Return the inputs whose labels are probably wrong; options as the task takes them."""
        return self.task.find_wrong_labels(self.recipe, self.dataset, **options)


def prepare(recipe: Recipe, *, quiet: bool = False, keras_ahead: bool = False, alone: bool = False) -> Prepared:
    """Return a recipe and its data, ready to train on; raises SaccadeError where they cannot be used.

    Args:
        recipe: with open settings.
        quiet: no progress bars.
        keras_ahead: Keras is needed next, so that its import, which takes seconds, begins while the data are read.
        alone: nobody else uses Keras in this process, as `backend.load_ahead` has it.
    """
    began = time.monotonic()
    if keras_ahead:
        _ = base.for_recipe(recipe).prepare  # imports what reads the data: not while Keras imports some of the same
        backend.load_ahead(alone=alone)
    return Prepared(*base.prepare(recipe, quiet=quiet), began)


def prepare_check(data: str, fields: dict[str, Any], *, quiet: bool) -> Prepared:
    """Return what is to be audited: named data, with fields of the recipe that concern them."""
    recipe = default_recipe(data, task=fields.get("task"))
    return prepare(recipes.read(recipe, **{"data": data, **fields}), quiet=quiet)


def prepare_training(word: str | None, fields: dict[str, Any], *, quiet: bool, keras_ahead: bool = False) -> Prepared:
    """Return what a command is to train: a word that names a recipe or data, and fields of the recipe to change.

    `keras_ahead` as for `prepare`; the process is the command's alone.
    """
    name, fields = what_to_train(word, fields)
    return prepare(recipes.read(name, **fields), quiet=quiet, keras_ahead=keras_ahead, alone=True)


def prepare_label_search(word: str | None, fields: dict[str, Any], *, quiet: bool) -> Prepared:
    """Return what is to be searched for wrong labels, as `prepare_training`; a task that cannot is refused first."""
    name, fields = what_to_train(word, fields)
    recipe: Recipe = recipes.read(name, **fields)
    task = base.for_recipe(recipe)
    if not task.finds_wrong_labels:
        raise task.cannot("be searched for wrong labels", recipe.data)
    return prepare(recipe, quiet=quiet)


def default_recipe(data: str, *, task: str | None = None) -> str:
    """Return the recipe for data that a user names without one.

    Args:
        data: what is named.
        task: what is asked of it: then what that task says, or "", which is none; None: the first task that has
            one for such data, and the default task has the last word.
    """
    last = registry.default_task()
    if task not in (None, last):
        return next((recipe for each in base.all_of(task) if (recipe := each.recipe_when_asked(data))), "")
    names = [*(name for name in registry.names("tasks") if name != last), last]
    tasks = sorted((task for name in names for task in base.all_of(name)), key=lambda each: each.takes_any)
    return next(recipe for task in tasks if (recipe := task.default_recipe(data)))


def what_to_train(word: str | None, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the recipe to read and the fields to change, of a word that names a recipe or data.

    Raises:
        UnknownNameError: it is neither; names the nearest.
    """
    task = fields.get("task")
    if word is None and fields.get("data"):
        return default_recipe(str(fields["data"]), task=task), fields  # as if the data had been named alone
    if word is None:
        return "quick" if task is None else default_recipe("", task=task), fields
    if word in registry.names("recipes") or (Path(word).suffix in recipes.SUFFIXES and not _describes_data(word)):
        return word, fields
    if (Path(word) / "run.json").is_file():
        raise RecipeError(
            f"{word} is a run, not data. Its recipe is {shell_word(Path(word) / 'recipe.yaml')}; a training that was "
            f"interrupted goes on with: saccade train --resume {shell_word(word)}"
        )
    if word in registry.known_data() or Path(word).exists() or "/" in word:  # loading says what is wrong with a path
        return default_recipe(word, task=task), {"data": word, **fields}
    raise _unknown(word)


def _unknown(word: str) -> UnknownNameError:
    """Return the error for a word that is neither; names the nearest, also of what lies here."""
    here = [each.name for each in Path().iterdir() if not each.name.startswith(".")]
    known = [*registry.names("recipes"), *registry.known_data(), *here]
    return unknown("recipe, data set or folder", word, known, more="See: saccade list. Data elsewhere need their path.")


def _describes_data(file: str) -> bool:
    """Say whether a task takes a YAML file for data, as those are that describe where images and their boxes lie."""
    others = (name for name in registry.names("tasks") if name != registry.default_task())
    return any(task.default_recipe(file) for name in others for task in base.all_of(name))
