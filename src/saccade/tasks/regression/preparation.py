"""Images with numbers: recipe → MeasuredImages in their splits."""

from dataclasses import replace
from functools import partial
from typing import Any

from saccade.core.run import Run
from saccade.tasks import contenders as ways
from saccade.tasks.contenders import tries_several, with_start
from saccade.tasks.image_labels import load_labelled, look_of
from saccade.tasks.image_splits import cut, settled
from saccade.tasks.pretrained_training import look_alike_vectors
from saccade.tasks.regression.measured_images import MeasuredImages, measured, refuse_constant
from saccade.tasks.regression.reading import NUMBERS, called
from saccade.tasks.regression.settings import RegressionRecipe
from saccade.tasks.reloading import in_their_splits, unchanged
from saccade.training.contender import Contender


def prepare(recipe: RegressionRecipe, *, quiet: bool = False) -> tuple[RegressionRecipe, MeasuredImages]:
    """Return the images, each with its number, in their splits, and the recipe with every open setting filled in.

    A split that is cut gets its share of each tenth of the numbers.

    Raises:
        DataError: the data cannot be used, a number is none, or all are the same.
        RecipeError: a setting cannot work with these data.
    """
    recipe = with_start(recipe, look_of(recipe, NUMBERS, quiet=quiet))
    dataset = labelled(recipe, quiet=quiet)
    dataset = replace(dataset, vectors=look_alike_vectors(recipe, dataset, quiet=quiet))
    dataset = cut(recipe, dataset, dataset.strata(), quiet=quiet)
    refuse_constant(dataset)
    return settled(recipe, dataset, sized=not tries_several(recipe)), dataset


def contenders(recipe: RegressionRecipe, dataset: MeasuredImages) -> tuple[Contender, ...]:
    """Return the ways to try, from the least training to the most; none when the recipe knows its way."""
    return ways.contenders(recipe, dataset, partial(labelled, quiet=True))


def reload(run: Run, *, data: Any = None, quiet: bool = False) -> MeasuredImages:
    """Return the images of a run, split exactly as when it was trained.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    return returned(run, unchanged(run, partial(labelled, quiet=quiet), data=data))


def returned(run: Run, images: MeasuredImages) -> MeasuredImages:
    """Return the run's own images, as their source has them, in its splits."""
    return in_their_splits(run, images, images.names.tolist())


def labelled(recipe: RegressionRecipe, *, quiet: bool = False) -> MeasuredImages:
    """Return the images with their numbers as their source has them; raises DataError where one is none."""
    images = load_labelled(recipe, NUMBERS, quiet=quiet)
    return measured(images, target=called(images.notes, recipe.label))
