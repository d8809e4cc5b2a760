"""Images with labels of a task's own: cut into splits, settled in the recipe, and found again."""

from dataclasses import replace
from functools import partial
from typing import TypeVar

from saccade.core.errors import DataError, RecipeError
from saccade.core.resolve_defaults import epochs, lasting
from saccade.modalities.images import audit
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.settings import ImageSettings
from saccade.modalities.images.splitting import assign_splits

Images = TypeVar("Images", bound=ImageDataset)
Settings = TypeVar("Settings", bound=ImageSettings)


def cut(recipe: ImageSettings, dataset: Images, strata: ImageDataset, *, quiet: bool) -> Images:
    """Return the images in their splits; a split that is cut gets its share of each stratum.

    Args:
        recipe: says how much goes where.
        dataset: the images.
        strata: the same images, whose classes are the strata.
        quiet: no progress bars.

    Raises:
        DataError: so many cannot be cut, or nothing is left to train on.
        RecipeError: early stopping is asked for without a validation split.
    """
    near = partial(audit.near_duplicate_groups, dataset.images, vectors=dataset.vectors, quiet=quiet)
    found = assign_splits(
        strata,
        split=recipe.split,
        validation=recipe.validation,
        test=recipe.test,
        seed=recipe.split_seed,
        duplicates=near if recipe.duplicates == "together" else None,
    )
    assert found.reasons is not None
    whole = replace(dataset.with_split(found.splits, found.reasons), notes=found.notes)
    if not len(whole.rows("train")):
        raise DataError(f"No images are left to train on in {dataset.source}: lower --validation or --test.")
    if recipe.early_stopping and not len(whole.rows("validation")):
        raise RecipeError("early_stopping needs validation images to look at: raise --validation, or leave it out.")
    return whole


def settled(recipe: Settings, dataset: ImageDataset, *, sized: bool = True) -> Settings:
    """Return the recipe with every setting filled in that it leaves open.

    Args:
        recipe: of images.
        dataset: its images.
        sized: whether all of its trainings take images of this size.
    """
    height, _, channels = dataset.image_shape
    size = {"image_size": height} if sized else {}
    look = {"data": lasting(dataset.source), "channels": channels, **size}
    return recipe.changed(**look, epochs=epochs(recipe, dataset))
