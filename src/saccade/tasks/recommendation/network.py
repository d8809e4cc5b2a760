"""The recommender for a data set: built, told what it can know before the first step, and made ready to answer."""

from typing import Any

from saccade.core.backend import Model
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.models import recommenders
from saccade.tasks.protocol import FirstInputs, Sizes
from saccade.tasks.recommendation.settings import RecommendationRecipe

BLANK_ITEMS, BLANK_LEVELS = 1000, (1.0, 2.0, 3.0, 4.0, 5.0)


def build_network(recipe: RecommendationRecipe, dataset: RatingsDataset) -> Model:
    """Return a fresh network from codes (n, items) to expected ratings and scores (n, 2, items)."""
    items = len(dataset.ratings.items)
    return recommenders.build(recipe.model.name, items, dataset.scale.levels, recipe.model.options)


def build_blank(recipe: RecommendationRecipe, *, by_name: bool, sizes: Sizes) -> Model:
    """Return a network that nothing was learnt by, for looking at its layers."""
    del by_name
    return recommenders.build(recipe.model.name, sizes["columns"] or BLANK_ITEMS, BLANK_LEVELS, recipe.model.options)


def first_inputs(network: Any, recipe: RecommendationRecipe, dataset: RatingsDataset) -> FirstInputs:
    """Return what users rated, for the weights that are taken from it before the first step."""
    known = {"seed": recipe.seed, "levels": tuple(dataset.scale.levels), **recipe.model.options}
    return FirstInputs(network, dataset.inputs.codes, dataset.rows("train"), known)


def shipped(network: Any) -> Any:
    """Return the network that answers: {"expected": (n, items), "scores": (n, items)}."""
    return recommenders.shipped(network)
