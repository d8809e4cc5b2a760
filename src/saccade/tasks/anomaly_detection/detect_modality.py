"""Whether data are images or a table, decided in one place, and whether an autoencoder takes them."""

from collections.abc import Mapping
from pathlib import Path

from saccade.core import registry
from saccade.core.errors import RecipeError
from saccade.core.recipe import Recipe
from saccade.modalities.images.image_tables.recognising import holds_images
from saccade.modalities.tables.opening import ENDINGS

TAKES = {"rows": "the rows of a table", "images": "images"}


def takes(recipe: Recipe) -> str:
    """Return "images" or "rows", whichever the data of a recipe for anomalies are.

    Raises:
        RecipeError: its autoencoder takes the other kind; names those that fit.
    """
    kind = "rows" if is_table(recipe.data, columns=recipe.columns) else "images"
    if _taken_by(recipe.model.name) != kind:
        fitting = [name for name in registry.names("autoencoders") if _taken_by(name) == kind]
        is_what = "a table" if kind == "rows" else "no table of rows (CSV, Parquet or NPZ)"
        if kind == "images" and recipe.data.lower().endswith(ENDINGS):
            is_what += ": it holds images, or a column names some (where rows are meant, say columns.NAME=ignore)"
        raise RecipeError(
            f"The autoencoder '{recipe.model.name}' takes {TAKES[_taken_by(recipe.model.name)]}, but {recipe.data} is "
            f"{is_what}. Try --model {' or '.join(fitting)}."
        )
    return kind


def _taken_by(name: str) -> str:
    return str(registry.constant("autoencoders", name, "TAKES"))


def is_table(data: str, *, columns: Mapping[str, str] | None = None) -> bool:
    """Say by the ending, and by what the first rows hold, whether data are a table of rows, and not of images.

    Args:
        data: a name, file or folder.
        columns: what the user says of columns; who has the one with images ignored wants the rows.
    """
    path = Path(data).expanduser()
    if data in registry.names("data") or not data.lower().endswith(ENDINGS) or path.is_dir():
        return False
    return not holds_images(path, ignored={name for name, kind in (columns or {}).items() if kind == "ignore"})
