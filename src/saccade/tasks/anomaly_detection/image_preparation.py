"""Images of which one class is normal: recipe → OneClassImages with their splits."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from saccade.core.audit import Audit
from saccade.core.errors import DataError, RecipeError
from saccade.core.resolve_defaults import epochs, lasting
from saccade.core.run import Run
from saccade.modalities.images.audit import checking, near_duplicate_groups
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.loading import load
from saccade.modalities.images.splitting import tied
from saccade.tasks.anomaly_detection.network_choice import has_epochs, refuse_epochs, refuse_unfit_network
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages, judged
from saccade.tasks.anomaly_detection.settings import AnomalyDetectionRecipe
from saccade.tasks.anomaly_detection.splitting import split_one_class
from saccade.tasks.reloading import in_their_splits, unchanged

Rows = NDArray[np.int64]

OF_TABLES = ("time", "columns")


def prepare(recipe: AnomalyDetectionRecipe, *, quiet: bool = False) -> tuple[AnomalyDetectionRecipe, OneClassImages]:
    """Return the images, split into splits, and the recipe with every open setting filled in.

    Raises:
        DataError: the data cannot be used, or nothing is left to train on.
        RecipeError: a setting cannot work with these data, or nobody knows which class is normal.
    """
    refuse_unfit_network(recipe, "images")
    refuse_epochs(recipe)
    _refuse_settings(recipe)
    images = _load(recipe, quiet=quiet)
    images = split_one_class(
        images,
        split=recipe.split,
        sizes={"test": recipe.test, "calibration": recipe.calibration, "validation": recipe.validation},
        same=_together(recipe, images, quiet=quiet),
        seed=recipe.split_seed,
    )
    if not len(images.rows("train")):
        raise DataError(
            f"No images of '{images.normal}' are left to train on in {images.source}: the normal ones belong "
            "into train/, or lower --validation, --calibration or --test."
        )
    if recipe.early_stopping and not len(images.rows("validation")):
        raise RecipeError("early_stopping needs validation images to look at: raise --validation, or leave it out.")
    height, _, channels = images.image_shape
    return recipe.changed(
        data=lasting(recipe.data),
        normal=images.normal,
        image_size=height,
        channels=channels,
        epochs=epochs(recipe, images) if has_epochs(recipe.model.name) else None,
    ), images


def reload(run: Run, *, data: str | None = None, quiet: bool = False) -> OneClassImages:
    """Return the images of a run, split exactly as when it was trained.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    return returned(run, unchanged(run, partial(_load, quiet=quiet), data=data))


def returned(run: Run, images: OneClassImages) -> OneClassImages:
    """Return the run's own images, as their source has them, in its splits."""
    return in_their_splits(run, images, images.names.tolist())


def _refuse_settings(recipe: AnomalyDetectionRecipe) -> None:
    for name in OF_TABLES:
        if getattr(recipe, name):
            raise RecipeError(f"'{name}' is for tables, and {recipe.data} is images: leave it out.")


def _together(recipe: AnomalyDetectionRecipe, images: OneClassImages, *, quiet: bool) -> Callable[[Rows], Rows]:
    """Return what numbers rows so that duplicates, and images of one group, stay in one split."""

    @cache
    def numbers() -> Rows:
        duplicates = np.arange(len(images))
        if recipe.duplicates == "together":
            duplicates = near_duplicate_groups(images.images, quiet=quiet)
        return tied(images, duplicates)

    return lambda rows: numbers()[rows]  # looked for only when a split is cut


def labelled(recipe: AnomalyDetectionRecipe, *, quiet: bool = False) -> ImageDataset:
    """Return the images as their source has them, with its classes."""
    return load(
        recipe.data,
        image_size=recipe.image_size,
        channels=recipe.channels,
        fit=recipe.fit,
        label=recipe.label,
        classify=False,
        quiet=quiet,
    )


def _load(recipe: AnomalyDetectionRecipe, *, quiet: bool) -> OneClassImages:
    return judged(labelled(recipe, quiet=quiet), normal=recipe.normal)


def audit(images: OneClassImages, *, quiet: bool = False) -> Audit:
    """Return what is wrong with the images and their split; anomalies are in two splits only, on purpose."""
    return checking.audit(images, left_out=checking.OF_CLASSES, quiet=quiet)
