"""Images with boxes: recipe → ObjectImages in their splits."""

from functools import partial
from pathlib import Path
from typing import Any

from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.modalities.images import listing
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.listing import Listing
from saccade.tasks.image_splits import cut, settled
from saccade.tasks.object_detection import box_overrides
from saccade.tasks.object_detection.input_fit import suitable_fit
from saccade.tasks.object_detection.object_images import ObjectImages, with_objects
from saccade.tasks.object_detection.reading import find_marked, load_found, load_marked
from saccade.tasks.object_detection.settings import DetectionRecipe
from saccade.tasks.object_detection.suitable_network import with_suitable_network
from saccade.tasks.pretrained_training import is_pretrained
from saccade.tasks.reloading import in_their_splits, unchanged


def prepare(recipe: DetectionRecipe, *, quiet: bool = False) -> tuple[DetectionRecipe, ObjectImages]:
    """Return the images with their boxes in their splits, and the recipe with every open setting filled in.

    A split that is cut gets its share of each class: an image counts for the rarest of its objects.

    Raises:
        DataError: the data cannot be used, or a class cannot be learnt.
        RecipeError: a setting cannot work with these data.
    """
    found = find_marked(recipe, quiet=quiet)
    recipe, network = with_suitable_network(recipe, found, quiet=quiet)
    recipe, found = _fitted(recipe, listing.noted(found, [network] if network else []))
    dataset = with_objects(load_found(recipe, found, quiet=quiet), fit=recipe.fit)
    dataset = cut(recipe, dataset, dataset.strata(), quiet=quiet, every_class=False)
    if recipe.overrides:
        # after the split, which is then the same with other overrides: their runs can be compared
        dataset = box_overrides.apply(dataset, box_overrides.read(recipe.overrides), where=recipe.overrides)
        lasting = str(Path(recipe.overrides).expanduser().resolve())
        recipe = recipe.changed(overrides=lasting if dataset.overrides else None)  # a table without a row is none
    refuse_unlearnable(dataset)
    recipe = recipe if recipe.epochs else recipe.changed(epochs=usual_epochs(recipe, dataset))
    return settled(recipe, dataset), dataset


def _fitted(recipe: DetectionRecipe, found: Listing) -> tuple[DetectionRecipe, Listing]:
    """Return the recipe with the way that images become square, where nobody asked for one, and a note on it."""
    if "fit" in recipe.asked:
        return recipe, found
    fit, note = suitable_fit(found.classes)
    return recipe.changed(fit=fit), listing.noted(found, [note] if note else [])


PIXELS = 10_000 * 256**2
"""Of images to see in a training: 49 passes over 205 images of 256 pixels, in which BCCD is learnt within five minutes
of two cores. After 34 passes, AP is .015 lower."""

PRETRAINED_PIXELS = 2_400 * 256**2
"""For a network that has seen others: 20 passes over 153 images of 224 pixels, with which raccoons are learnt."""

EPOCHS = (12, 100)
"""Passes, at least and at most."""


def usual_epochs(recipe: DetectionRecipe, dataset: ObjectImages) -> int:
    """Return how often to go over the training images: the smaller and the fewer they are, the more often."""
    height, width, _ = dataset.image_shape
    pixels = PRETRAINED_PIXELS if is_pretrained(recipe) else PIXELS
    passes = pixels / (height * width) / len(dataset.rows("train"))
    return min(max(EPOCHS[0], round(passes)), EPOCHS[1])


def reload(run: Run, *, data: Any = None, quiet: bool = False) -> ObjectImages:
    """Return the images of a run, split exactly as when it was trained.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    return returned(run, unchanged(run, partial(load_marked, quiet=quiet), data=data))


def returned(run: Run, images: ImageDataset) -> ObjectImages:
    """Return the run's own images, as their source has them, with its classes and corrected boxes in its splits."""
    objects = tuple(run.data["classes"])
    dataset = with_objects(images, objects=objects, fit=run.recipe.fit)
    if run.recipe.overrides:
        dataset = box_overrides.apply(dataset, box_overrides.read(run.overrides_path), where=run.overrides_path)
    if dataset.overrides and dataset.content_hash != run.data["content_hash"]:
        raise RunError(f"{run.overrides_path} is not what {run.path} was trained with. Put the old file back.")
    return in_their_splits(run, dataset, images.names.tolist())


def refuse_unlearnable(dataset: ObjectImages) -> None:
    """Raise DataError where a class has objects, and none of them is in training."""
    counts = dataset.counts()
    for split in sorted(set(counts) - {"train"}):
        missing = [name for name in dataset.objects if counts[split][name] and not counts["train"][name]]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            raise DataError(
                f"The {split} split of {dataset.source} has objects of {names}, the training split has none: the "
                "network could never find them. Add such images to training, or remove these boxes."
            )
    if not sum(counts["train"][name] for name in dataset.objects):
        raise DataError(f"The training images of {dataset.source} have no objects. Expected boxes on some of them.")
