"""Ratings: recipe → RatingsDataset in its splits."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.errors import DataError, RecipeError
from saccade.core.run import Run
from saccade.modalities.ratings import invented_films
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.modalities.ratings.splitting import split_ratings
from saccade.models import recommenders
from saccade.tasks.recommendation.reading import load_ratings, noted
from saccade.tasks.recommendation.settings import RecommendationRecipe
from saccade.tasks.reloading import unchanged

EPOCHS = 60

RANKING = "rbm_binary"
"""The network for data without ratings, where nobody names one."""


def prepare(recipe: RecommendationRecipe, *, quiet: bool = False) -> tuple[RecommendationRecipe, RatingsDataset]:
    """Return the ratings in their splits, and the recipe with every open setting filled in.

    Raises:
        DataError: the data cannot be used, or nothing is left to train on.
        RecipeError: a setting cannot work with these data.
    """
    recipe, dataset = _able(recipe, load_ratings(recipe, quiet=quiet))
    parts, reasons = split_ratings(
        dataset.ratings,
        by=recipe.split_by,
        validation=recipe.validation,
        test=recipe.test,
        known=recipe.known,
        seed=recipe.split_seed,
    )
    dataset = dataset.with_parts(parts, reasons)
    if not len(dataset.rows("train")):
        raise DataError(f"Nothing of {dataset.source} is left to train on. Lower --test or --validation.")
    if recipe.early_stopping and not len(dataset.rows("validation")):
        raise RecipeError("early_stopping needs validation ratings to look at: raise --validation, or leave it out.")
    return recipe.changed(data=_lasting(recipe.data), epochs=recipe.epochs or EPOCHS), dataset


def _able(recipe: RecommendationRecipe, dataset: RatingsDataset) -> tuple[RecommendationRecipe, RatingsDataset]:
    """Return a recipe whose network can learn from the data: where all ratings are the same, one that ranks."""
    if not dataset.scale.is_implicit or "model" in recipe.asked or recommenders.ranks(recipe.model.name):
        return recipe, dataset
    note = f"Nothing says how items were liked, so the network is {RANKING}, which ranks them."
    return recipe.changed(model={"name": RANKING}), noted(dataset, note)


def _lasting(data: str) -> str:
    return data if data == invented_films.NAME else str(Path(data).expanduser().resolve())


def reload(run: Run, *, data: Any = None, quiet: bool = False) -> RatingsDataset:
    """Return the ratings of a run, split exactly as when it was trained.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    return in_their_splits(run, unchanged(run, partial(load_ratings, quiet=quiet), data=data))


def in_their_splits(run: Run, dataset: RatingsDataset) -> RatingsDataset:
    """Return the ratings in the splits that they had in the run."""
    split = run.split
    parts = np.array([split[name] for name in dataset.rating_names()])
    return dataset.with_parts(parts, np.full(len(parts), "as in the run"))
