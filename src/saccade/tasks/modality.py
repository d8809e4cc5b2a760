"""Modality: whether data are images or the rows of a table, decided in one place."""

from collections.abc import Mapping
from pathlib import Path

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.modalities.tables.endings import ENDINGS


def may_be_table(data: str) -> bool:
    """Say by the name alone whether data may be a table; looking into one loads Polars."""
    return data.lower().endswith(ENDINGS)


def is_table(data: str, *, columns: Mapping[str, str] | None = None) -> bool:
    """Say by the ending, and by what the first rows hold, whether data are a table of rows, and not of images.

    Args:
        data: a name, file or folder.
        columns: what the user says of columns; who has the one with images ignored wants the rows.
    """
    path = Path(data).expanduser()
    if data in registry.names("data") or not data.lower().endswith(ENDINGS) or path.is_dir():
        return False
    from saccade.modalities.images.image_tables.recognising import holds_images  # noqa: PLC0415  (loads Polars)

    return not holds_images(path, ignored={name for name, kind in (columns or {}).items() if kind == "ignore"})


def takes_rows(recipe: Recipe) -> bool:
    """Say whether the data of a recipe are the rows of a table."""
    return is_table(recipe.data, columns=getattr(recipe, "columns", None))


def takes_images(recipe: Recipe) -> bool:
    """Say whether the data of a recipe are images: whatever is no table of rows, for loading says what is wrong."""
    return not takes_rows(recipe)


def refuse_table(run: Run, data: str) -> None:
    """Raise DataError when other data for a run of images are a table of rows."""
    if is_table(data):
        raise DataError(
            f"{data} is a table of rows, but {run.path} was trained on images. Expected a folder with a folder a "
            "class, an archive of one, or a table with the columns path and label."
        )


def refuse_images(run: Run, data: str) -> None:
    """Raise DataError when other data for a run of a table are no table of rows."""
    if not is_table(data):
        raise DataError(f"{data} is no table (CSV, Parquet or NPZ), but {run.path} was trained on the rows of one.")
