"""Recipe → Dataset or Table with its splits; needs no Keras, so bad input is said before anything heavy loads."""

from saccade.core.errors import RecipeError, RunError
from saccade.core.preparation.other_data import own_or_other
from saccade.core.preparation.recording import record
from saccade.core.preparation.resolve_defaults import epochs
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import Table
from saccade.tasks.anomaly_detection import image_preparation, table_preparation
from saccade.tasks.anomaly_detection.detect_modality import takes
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.classification import preparation

__all__ = [
    "epochs",
    "own_or_other",
    "prepare",
    "prepare_any",
    "record",
    "reload",
    "reload_any",
    "reload_one_class",
    "reload_table",
]


def prepare(recipe: Recipe, *, quiet: bool = False) -> tuple[Recipe, ImageDataset]:
    """Return the images, split into splits, and the recipe with every open setting filled in.

    Raises:
        DataError: the data cannot be used, or nothing is left to train on.
        RecipeError: a setting cannot work with these data, or the recipe looks for anomalies.
    """
    if recipe.finds_anomalies:
        raise RecipeError(f"The recipe '{recipe.name}' looks for anomalies; this needs images with classes.")
    return preparation.prepare(recipe, quiet=quiet)


def prepare_any(recipe: Recipe, *, quiet: bool = False) -> tuple[Recipe, ImageDataset | Table]:
    """Return images, a table, or judged images, whichever the task is about; as `prepare`."""
    if not recipe.finds_anomalies:
        return preparation.prepare(recipe, quiet=quiet)
    load = image_preparation.prepare if takes(recipe) == "images" else table_preparation.prepare
    return load(recipe, quiet=quiet)


def reload(run: Run, *, data: str | None = None, quiet: bool = False) -> ImageDataset:
    """Return the images of a run, split exactly as when it was trained.

    Args:
        run: a trained run.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were, or the run looks for anomalies.
    """
    if run.recipe.finds_anomalies:
        raise RunError(f"{run.path} looks for anomalies; this needs a run of images with classes.")
    return preparation.reload(run, data=data, quiet=quiet)


def reload_table(run: Run, *, data: str | None = None, quiet: bool = False) -> Table:
    """Return the table of a run, as `reload` returns images."""
    if not run.of_table:
        raise RunError(f"{run.path} was trained on images; this needs a run of a table.")
    return table_preparation.reload(run, data=data, quiet=quiet)


def reload_one_class(run: Run, *, data: str | None = None, quiet: bool = False) -> OneClassImages | Table:
    """Return the table or the judged images of a run that looks for anomalies, as `reload` returns images."""
    if not run.recipe.finds_anomalies:
        raise RunError(f"{run.path} tells classes apart; this needs a run that looks for anomalies.")
    load = table_preparation.reload if run.of_table else image_preparation.reload
    return load(run, data=data, quiet=quiet)


def reload_any(run: Run, *, data: str | None = None, quiet: bool = False) -> ImageDataset | Table:
    """Return the data of a run, whatever they are, as `reload`."""
    load = reload_one_class if run.recipe.finds_anomalies else reload
    return load(run, data=data, quiet=quiet)
