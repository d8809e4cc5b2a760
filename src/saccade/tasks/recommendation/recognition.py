"""Whether data are ratings, so that nobody need say that something is to be recommended."""

from typing import Any


def default_recipe(data: str) -> str | None:
    """Return a recipe for ratings; None for all other data."""
    del data
    return None


def takes_ratings(recipe: Any) -> bool:
    """Say whether the data of a recipe are ratings: no other data are taken, and reading says what is wrong."""
    del recipe
    return True
