"""Whether data are pictures or a table, decided in one place, and whether an autoencoder takes them."""

from pathlib import Path

from saccade import registry
from saccade.data.tables.opening import ENDINGS, open_table
from saccade.errors import DataError, RecipeError
from saccade.recipe import Recipe

TAKES = {"rows": "the rows of a table", "pictures": "pictures"}

NAMES_PICTURES = {"path", "label"}
"""A table with these columns names picture files, as for classes."""


def takes(recipe: Recipe) -> str:
    """Return "pictures" or "rows", whichever the data of a recipe for anomalies are.

    Raises:
        RecipeError: its autoencoder takes the other kind; names those that fit.
    """
    kind = "rows" if is_table(recipe.data) else "pictures"
    if _taken_by(recipe.model.name) != kind:
        fitting = [name for name in registry.names("autoencoders") if _taken_by(name) == kind]
        raise RecipeError(
            f"The autoencoder '{recipe.model.name}' takes {TAKES[_taken_by(recipe.model.name)]}, but {recipe.data} is "
            f"{'a table' if kind == 'rows' else 'no table (CSV, Parquet or NPZ)'}. Try --model {' or '.join(fitting)}."
        )
    return kind


def _taken_by(name: str) -> str:
    return str(registry.constant("autoencoders", name, "TAKES"))


def is_table(data: str) -> bool:
    """Say by the name, and of CSV and Parquet by the header, whether data are a table of rows."""
    if data in registry.names("data") or not data.lower().endswith(ENDINGS) or Path(data).expanduser().is_dir():
        return False
    try:
        names = open_table(data).names
    except DataError:
        return True  # reading it says what is wrong
    return not {name.strip().lower() for name in names} >= NAMES_PICTURES
