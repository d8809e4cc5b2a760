"""Images: recipe → Dataset with its splits."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from saccade.core import registry
from saccade.core.errors import DataError, RecipeError, RunError
from saccade.core.resolve_defaults import epochs, lasting
from saccade.core.run import Run
from saccade.modalities.images import audit, label_overrides
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.loading import load, load_listing, look_at, look_at_listing, read_listing
from saccade.modalities.images.splitting import assign_splits
from saccade.tasks import contenders as ways
from saccade.tasks.classification.settings import ClassificationRecipe
from saccade.tasks.contenders import Look, side, tries_several, with_start
from saccade.tasks.outlook import one_class
from saccade.tasks.outlook import outlook as outlook_of
from saccade.tasks.pretrained_training import look_alike_vectors
from saccade.tasks.reloading import in_their_splits, unchanged
from saccade.training.contender import Contender

BROWSED = 64
"""The side of images that are looked through, in pixels."""


def prepare(recipe: ClassificationRecipe, *, quiet: bool = False) -> tuple[ClassificationRecipe, ImageDataset]:
    """Return the images, split into splits, and the recipe with every open setting filled in.

    Raises:
        DataError: the data cannot be used, or nothing is left to train on.
        RecipeError: a setting cannot work with these data.
    """
    _refuse_pointless(recipe)
    recipe = with_start(recipe, _look(recipe, quiet=quiet))
    dataset = _load(recipe, quiet=quiet)
    dataset = replace(dataset, vectors=look_alike_vectors(recipe, dataset, quiet=quiet))
    dataset = assign_splits(
        dataset,
        split=recipe.split,
        validation=recipe.validation,
        test=recipe.test,
        seed=recipe.split_seed,
        duplicates=partial(audit.near_duplicate_groups, dataset.images, vectors=dataset.vectors, quiet=quiet)
        if recipe.duplicates == "together"
        else None,
    )
    if recipe.overrides:
        # after the split, which is then the same with other overrides: their runs can be compared
        dataset = label_overrides.apply(dataset, label_overrides.read(recipe.overrides), where=recipe.overrides)
    if not len(dataset.rows("train")):
        raise DataError(f"No images are left to train on in {dataset.source}: lower --validation or --test.")
    if recipe.early_stopping and not len(dataset.rows("validation")):
        raise RecipeError("early_stopping needs validation images to look at: raise --validation, or leave it out.")
    height, _, channels = dataset.image_shape
    resolved: dict[str, Any] = {"data": lasting(dataset.source), "channels": channels}
    if not tries_several(recipe):  # else each way to train has a size of its own
        resolved["image_size"] = height
    if recipe.overrides:  # a table without a row is none
        resolved["overrides"] = str(Path(recipe.overrides).expanduser().resolve()) if dataset.overrides else None
    return recipe.changed(**resolved, epochs=epochs(recipe, dataset)), dataset


def reload(run: Run, *, data: str | None = None, quiet: bool = False) -> ImageDataset:
    """Return the data of a run, split exactly as when it was trained.

    Args:
        run: a trained run.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    return returned(run, unchanged(run, partial(_load, quiet=quiet), data=data))


def returned(run: Run, dataset: ImageDataset) -> ImageDataset:
    """Return the run's own data, as their source has them, with its corrected labels and its splits."""
    if run.recipe.overrides:
        dataset = label_overrides.apply(dataset, label_overrides.read(run.overrides_path), where=run.overrides_path)
    if dataset.content_hash != run.data["content_hash"]:
        raise RunError(f"{run.overrides_path} is not what {run.path} was trained with. Put the old file back.")
    return in_their_splits(run, dataset, dataset.names.tolist())


def labelled(recipe: ClassificationRecipe, *, quiet: bool = False) -> ImageDataset:
    """Return the images as their source has them, also of one class only: enough to be scored, not to train on."""
    return _load(recipe, classify=False, quiet=quiet)


def browse(recipe: ClassificationRecipe, *, quiet: bool = False) -> ImageDataset:
    """Return the images as their source has them, small, and in no splits but those that the source gives."""
    listing = read_listing(recipe.data, label=recipe.label, quiet=quiet)
    side = recipe.image_size or min(BROWSED, max(4, look_at_listing(listing, quiet=quiet).side))
    return load_listing(listing, recipe.data, image_size=side, fit=recipe.fit, classify=False, quiet=quiet)


def contenders(recipe: ClassificationRecipe, dataset: ImageDataset) -> tuple[Contender, ...]:
    """Return the ways to try, from the least training to the most; none when the recipe knows its way."""
    return ways.contenders(recipe, dataset, partial(_load, quiet=True))


def outlook(recipe: ClassificationRecipe) -> str:
    """Return what a training will do that the recipe does not say, or that there is but one class; see `outlook`."""
    return one_class(recipe) or outlook_of(recipe)


def _look(recipe: ClassificationRecipe, *, quiet: bool) -> Look:
    return partial(look_at, recipe.data, label=recipe.label, quiet=quiet)


def _load(recipe: ClassificationRecipe, *, classify: bool = True, quiet: bool) -> ImageDataset:
    return load(
        recipe.data,
        image_size=side(recipe, _look(recipe, quiet=quiet)),
        channels=recipe.channels,
        fit=recipe.fit,
        label=recipe.label,
        classify=classify,
        quiet=quiet,
    )


def _refuse_pointless(recipe: ClassificationRecipe) -> None:
    """Raise RecipeError where somebody asks for pretraining of an architecture that has none."""
    asked = any(each.partition(".")[0] == "pretraining" for each in recipe.asked)
    if asked and not hasattr(registry.load("models", recipe.model.name), "pretraining"):
        raise RecipeError(
            f"The model '{recipe.model.name}' is not trained layer by layer, so 'pretraining' does nothing. "
            "Leave it out, or use --model dbn."
        )
