"""Recipe → Dataset or Table with its parts; needs no Keras, so bad input is said before anything heavy loads."""

from saccade.data.dataset import Dataset
from saccade.data.table import Table
from saccade.errors import RecipeError, RunError
from saccade.preparing import pictures, tables
from saccade.preparing.recording import record
from saccade.preparing.settling import epochs
from saccade.recipe import Recipe
from saccade.run import Run

__all__ = ["epochs", "prepare", "prepare_any", "record", "reload", "reload_any", "reload_table"]

TABLES = "detect_anomalies"
"""The task whose data are a table."""


def prepare(recipe: Recipe, *, quiet: bool = False) -> tuple[Recipe, Dataset]:
    """Return the pictures, split into parts, and the recipe with every open setting filled in.

    Raises:
        DataError: the data cannot be used, or nothing is left to train on.
        RecipeError: a setting cannot work with these data, or they are a table.
    """
    if recipe.task == TABLES:
        raise RecipeError(f"The recipe '{recipe.name}' is for a table of rows; this needs pictures.")
    return pictures.prepare(recipe, quiet=quiet)


def prepare_any(recipe: Recipe, *, quiet: bool = False) -> tuple[Recipe, Dataset | Table]:
    """Return pictures or a table, whichever the task is about; as `prepare`."""
    return tables.prepare(recipe, quiet=quiet) if recipe.task == TABLES else pictures.prepare(recipe, quiet=quiet)


def reload(run: Run, *, data: str | None = None, quiet: bool = False) -> Dataset:
    """Return the pictures of a run, split exactly as when it was trained.

    Args:
        run: a trained run.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were, or they are a table.
    """
    if run.recipe.task == TABLES:
        raise RunError(f"{run.path} was trained on a table; this needs a run of pictures.")
    return pictures.reload(run, data=data, quiet=quiet)


def reload_table(run: Run, *, data: str | None = None, quiet: bool = False) -> Table:
    """Return the table of a run, as `reload` returns pictures."""
    if run.recipe.task != TABLES:
        raise RunError(f"{run.path} was trained on pictures; this needs a run of a table.")
    return tables.reload(run, data=data, quiet=quiet)


def reload_any(run: Run, *, data: str | None = None, quiet: bool = False) -> Dataset | Table:
    """Return the pictures or the table of a run, as `reload`."""
    load = tables.reload if run.recipe.task == TABLES else pictures.reload
    return load(run, data=data, quiet=quiet)
