"""Which task: of a recipe, of a run, or by name; and the data that it has for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.core import registry
from saccade.core.errors import DataError, RecipeError, RunError, SaccadeError
from saccade.core.held_data import held_for
from saccade.tasks.protocol import Task

if TYPE_CHECKING:  # a machine that only predicts has not all that recipes, runs and training need
    from saccade.core.other_data import Other
    from saccade.core.recipe import Recipe
    from saccade.core.run import Run

__all__ = ["Task"]


def all_of(name: str) -> Iterator[Task]:
    """Yield the tasks of a folder of `tasks/`, one for each modality."""
    return (task() for task in registry.load("tasks", name).TASKS)


def for_recipe(recipe: "Recipe") -> Task:
    """Return the task of a recipe on its data; raises RecipeError when it does not take such data."""
    found = next((task for task in all_of(recipe.task) if task.takes(recipe)), None)
    if found is None:
        raise _of_no_use(recipe)
    return found


def _of_no_use(recipe: "Recipe") -> SaccadeError:
    """Return why data are not for a task: they are not there, or are of another kind; and what they are for."""
    data, every = recipe.data, [task for name in registry.names("tasks") for task in all_of(name)]
    if data not in registry.known_data() and "@" not in data and not Path(data).expanduser().exists():
        return DataError(f"There is no file or folder {data}. Look for a typing error, or give the full path.")
    kinds = " or ".join(task.modality for task in every if task.name == recipe.task)
    by_need = sorted(every, key=lambda task: task.takes_any)
    fit = next((task.name for task in by_need if task.default_recipe(data)), "")
    instead = f" It is taken for data of the task {fit}." if fit not in ("", recipe.task) else ""
    return RecipeError(f"{recipe.task} takes {kinds}, and {data} holds none.{instead}")


def for_run(run: "Run") -> Task:
    """Return the task of a run."""
    return named(run.recipe.task, run.modality)


def named(name: str, modality: str) -> Task:
    """Return the task by its name and modality.

    Raises:
        UnknownNameError: there is no such task.
        RunError: it does not take the modality.
    """
    found = {task.modality: task for task in all_of(name)}
    if modality not in found:
        raise RunError(f"{name} takes {' or '.join(found)}, not '{modality[:100]}'.")
    return found[modality]


def prepare(recipe: "Recipe", *, quiet: bool = False) -> tuple["Recipe", Any]:
    """Return the recipe with every open setting filled in, and its data in their splits; as `Task.prepare`."""
    return for_recipe(recipe).prepare(recipe, quiet=quiet)


def reload(run: "Run", *, data: object = None, quiet: bool = False) -> Any:
    """Return the data of a run, in the splits that they had when it was trained; as `Task.reload`.

    Those that are held, because the run was just trained on them, are not read again.
    """
    held = held_for(run) if data is None else None
    return held if held is not None else for_run(run).reload(run, data=data, quiet=quiet)


def own_or_other(run: "Run", *, data: str, quiet: bool = False, **options: str) -> tuple[Any, "Other | None"]:
    """Return the run's own data, which have only moved, or other labelled data; as `Task.own_or_other`.

    Raises:
        DataError: they cannot be read, are of another kind, or have no labels that the run knows.
        RecipeError: an option does not fit.
    """
    known = data in registry.names("data") or data == run.recipe.data
    if not known and not Path(data).expanduser().exists():
        raise DataError(f"There is no file or folder {data}. Look for a typing error, or give the full path.")
    found, other = for_run(run).own_or_other(run, data=data, quiet=quiet, **options)
    given = " and ".join(f"--{option}" for option, value in options.items() if value and option != "split")
    if other is None and given:
        raise RecipeError(f"{data} holds the run's own data, whose labels are known: leave {given} out.")
    return found, other
