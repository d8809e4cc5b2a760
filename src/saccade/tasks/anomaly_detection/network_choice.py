"""Which networks take which data, and which of them have epochs."""

from saccade.core import registry
from saccade.core.errors import RecipeError
from saccade.core.recipe import Recipe
from saccade.modalities.tables.endings import ENDINGS

CALLED = {"tables": "the rows of a table", "images": "images"}


def refuse_unfit_network(recipe: Recipe, modality: str) -> None:
    """Raise RecipeError when the autoencoder of a recipe takes another kind of data; names those that fit."""
    if taken_by(recipe.model.name) == modality:
        return
    fitting = [name for name in registry.names("autoencoders") if taken_by(name) == modality]
    is_what = "a table" if modality == "tables" else "no table of rows (CSV, Parquet or NPZ)"
    if modality == "images" and recipe.data.lower().endswith(ENDINGS):
        is_what += ": it holds images, or a column names some (where rows are meant, say columns.NAME=ignore)"
    raise RecipeError(
        f"The autoencoder '{recipe.model.name}' takes {CALLED[taken_by(recipe.model.name)]}, but {recipe.data} is "
        f"{is_what}. Try --model {' or '.join(fitting)}."
    )


def taken_by(name: str) -> str:
    """Return the modality that an autoencoder takes, without loading it."""
    return str(registry.constant("autoencoders", name, "TAKES"))


def has_epochs(name: str) -> bool:
    """Say whether a network is trained step by step, without loading it; others are told what is normal at once."""
    try:
        return bool(registry.constant("autoencoders", name, "REBUILDS"))
    except LookupError:
        return True


OF_EPOCHS = ("epochs", "steps", "budget", "early_stopping", "ema")
"""Settings that mean nothing to a network without epochs."""


def refuse_epochs(recipe: Recipe) -> None:
    """Raise RecipeError when a recipe gives epochs, or what is of them, to a network that has none."""
    if has_epochs(recipe.model.name):
        return
    for name in OF_EPOCHS:
        if getattr(recipe, name):
            raise RecipeError(
                f"'{name}' is for networks that are trained step by step; '{recipe.model.name}' looks at each training "
                "image once: leave it out."
            )
