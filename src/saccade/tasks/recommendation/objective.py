"""What training makes small, and what validation chooses by: the error of expected ratings, or the order of items."""

import math
from typing import Any

from saccade.core.backend import Model, keras
from saccade.core.liked_ratings import liked_code
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.models import recommenders
from saccade.tasks.recommendation.settings import RecommendationRecipe
from saccade.tasks.recommendation.training_metrics import RankingLoss, RatingError
from saccade.training.objective import Objective

ops = keras.ops


def objective(recipe: RecommendationRecipe, dataset: RatingsDataset, network: Model) -> Objective:
    """Return the objective of a recommender, on targets that are codes (n, items), 0 where nothing is asked."""
    levels, name = dataset.scale.levels, recipe.model.name
    a_pass = math.ceil(len(dataset.rows("train")) / recipe.batch_size)
    found = recommenders.training(
        name,
        network,
        levels=levels,
        steps=recipe.steps or a_pass * (recipe.epochs or 1),
        seed=recipe.seed,
        options=recipe.model.options,
    )
    ranks = recommenders.ranks(name)

    def metrics() -> list[Any]:
        return [RankingLoss(liked_code(levels))] if ranks else [RatingError(levels)]

    return Objective(
        encode=lambda labels: ops.cast(labels, "float32"),
        loss=found.loss,
        metrics=metrics,
        penalty=found.penalty,
        augmentation=found.augmentation,
        monitor="val_ranking_loss" if ranks else None,
    )
