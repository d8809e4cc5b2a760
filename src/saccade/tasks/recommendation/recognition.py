"""Whether data are ratings, so that nobody need say that something is to be recommended."""

from pathlib import Path
from typing import Any

from saccade.core.errors import DataError
from saccade.modalities.ratings import column_roles, invented_films, movielens
from saccade.modalities.tables.opening import open_table

USUAL = "films-rbm"

_TABLES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".parquet")


def default_recipe(data: str) -> str | None:
    """Return a recipe for ratings: MovieLens' files, or a table with columns of users, items and ratings."""
    if data == invented_films.NAME:
        return USUAL
    path = Path(data).expanduser()
    try:
        return USUAL if _holds_ratings(path) else None
    except DataError:  # what reads it says what is wrong
        return None


def _holds_ratings(path: Path) -> bool:
    if path.is_dir():
        return movielens.named_ratings(path) is not None
    if path.name in movielens.FILES:
        return path.is_file()
    if not path.name.lower().endswith(_TABLES) or not path.is_file():
        return False
    return {"user", "item", "rating"} <= column_roles.by_names(open_table(path).names).keys()


def takes_ratings(recipe: Any) -> bool:
    """Say whether the data of a recipe are ratings: no other data are taken, and reading says what is wrong."""
    del recipe
    return True
