"""Images with several labels: recipe → TaggedImages in their splits."""

from dataclasses import replace
from functools import partial
from typing import Any

from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import contenders as ways
from saccade.tasks.contenders import tries_several, with_start
from saccade.tasks.image_labels import load_labelled, look_of
from saccade.tasks.image_splits import cut, settled
from saccade.tasks.multi_label.reading import LABELS
from saccade.tasks.multi_label.settings import MultiLabelRecipe
from saccade.tasks.multi_label.tagged_images import TaggedImages, refuse_unlearnable, tagged
from saccade.tasks.pretrained_training import look_alike_vectors
from saccade.tasks.reloading import in_their_splits, unchanged
from saccade.training.contender import Contender


def prepare(recipe: MultiLabelRecipe, *, quiet: bool = False) -> tuple[MultiLabelRecipe, TaggedImages]:
    """Return the images, each with its labels, in their splits, and the recipe with every open setting filled in.

    A split that is cut gets its share of each label: an image counts for the rarest of its labels.

    Raises:
        DataError: the data cannot be used, or a label cannot be learnt.
        RecipeError: a setting cannot work with these data.
    """
    recipe = with_start(recipe, look_of(recipe, LABELS, quiet=quiet))
    dataset = tagged(labelled(recipe, quiet=quiet))
    dataset = replace(dataset, vectors=look_alike_vectors(recipe, dataset, quiet=quiet))
    dataset = cut(recipe, dataset, dataset.strata(), quiet=quiet)
    refuse_unlearnable(dataset)
    return settled(recipe, dataset, sized=not tries_several(recipe)), dataset


def contenders(recipe: MultiLabelRecipe, dataset: TaggedImages) -> tuple[Contender, ...]:
    """Return the ways to try, from the least training to the most; none when the recipe knows its way."""
    return ways.contenders(recipe, dataset, partial(labelled, quiet=True))


def reload(run: Run, *, data: Any = None, quiet: bool = False) -> TaggedImages:
    """Return the images of a run, split exactly as when it was trained.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    return returned(run, unchanged(run, partial(labelled, quiet=quiet), data=data))


def returned(run: Run, images: ImageDataset) -> TaggedImages:
    """Return the run's own images, as their source has them, with its labels in its splits."""
    return in_their_splits(run, tagged(images, tags=tuple(run.data["classes"])), images.names.tolist())


def labelled(recipe: MultiLabelRecipe, *, quiet: bool = False) -> ImageDataset:
    """Return the images as their source has them; their classes are sets of labels."""
    return load_labelled(recipe, LABELS, quiet=quiet)
