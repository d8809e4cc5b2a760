"""Before the first step: whether all ranks are about to train the same network on the same data."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from saccade.core.dataset import Dataset
from saccade.core.errors import RecipeError
from saccade.core.recipe import Recipe
from saccade.training.distributed.world import World

PACKAGES = ("saccade", "tensorflow", "keras", "numpy")
MAY_DIFFER = {"name", "data"}
"""Of a recipe, what may be called otherwise on another machine; the data themselves are compared."""


def require_agreement(world: World, recipe: Recipe, dataset: Dataset) -> None:
    """Compare with the other ranks; raises RecipeError on all of them, with what differs first."""
    if recipe.budget:
        raise RecipeError("A budget of time is kept by one machine's clock: give --epochs or --steps to several.")
    found = world.exchange(_facts(world, recipe, dataset))
    for rank, theirs in enumerate(found):
        for name, value in found[0].items():
            if theirs.get(name) != value:
                raise RecipeError(_difference(name, found[0], theirs, rank))


def _facts(world: World, recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """Return what must be the same, the most telling first."""
    settings = {key: value for key, value in recipe.model_dump(mode="json").items() if key not in MAY_DIFFER}
    return {
        "number of ranks": world.size,
        **{f"version of {name}": version(name) for name in PACKAGES},
        **{f"setting {name}": value for name, value in settings.items()},
        "content of the data": dataset.content_hash,
        "split of the data": [len(dataset.rows(name)) for name in ("train", "validation", "test")],
    }


def _difference(name: str, first: Mapping[str, Any], other: Mapping[str, Any], rank: int) -> str:
    return (
        f"Rank 0 and rank {rank} cannot train together: the {name} is {_short(first[name])} on rank 0 and "
        f"{_short(other.get(name))} on rank {rank}. Give all the same command and the same data."
    )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
