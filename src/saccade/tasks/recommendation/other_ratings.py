"""Ratings that a run is to be evaluated on and that lie elsewhere: its own, which have moved; others are refused."""

from typing import cast

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.tasks.recommendation.preparation import in_their_splits
from saccade.tasks.recommendation.reading import load_ratings
from saccade.tasks.recommendation.settings import RecommendationRecipe
from saccade.tasks.reloading import is_own


def own_or_other(run: Run, *, data: str, split: str = "", quiet: bool = False) -> tuple[RatingsDataset, None]:
    """Return the run's own ratings, which have only moved.

    Raises:
        DataError: they cannot be read.
        RunError: they are others: which of them may be known, and which are asked, is said by a split of a training.
    """
    del split
    found = load_ratings(cast(RecommendationRecipe, run.recipe.changed(data=data)), quiet=quiet)
    if is_own(run, found):
        return in_their_splits(run, found), None
    raise RunError(
        f"{data} holds other ratings than those that {run.path} was trained on, and a recommender cannot be evaluated "
        "on other data: nothing says which of them it may know and which it is asked for. Train on them, and compare "
        "the two runs' own evaluations."
    )
