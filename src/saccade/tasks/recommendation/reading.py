"""Ratings: from a recipe's data to users, items and ratings, not yet in splits."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from saccade.core.errors import DataError
from saccade.modalities.ratings import building, column_roles, invented_films, movielens, times
from saccade.modalities.ratings.column_roles import NONE, ROLES, Roles
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.modalities.tables import cells
from saccade.modalities.tables.number_parsing import Written
from saccade.modalities.tables.opening import open_table, table_name
from saccade.tasks.recommendation.settings import RecommendationRecipe

LOOKED_AT = 1000
"""Rows by whose cells columns are told apart."""


def load_ratings(recipe: RecommendationRecipe, *, quiet: bool = False) -> RatingsDataset:
    """Return the ratings of a recipe's data, in no split.

    Raises:
        DataError: they cannot be read, or too little can be used.
        UnknownNameError: there is no column that the recipe names.
    """
    del quiet  # a second even for millions of rows
    if recipe.data == invented_films.NAME:
        return _dataset(recipe, invented_films.build(), (), invented_films.LICENCE)
    place = movielens.find(Path(recipe.data).expanduser())
    asked = {role: getattr(recipe, f"{role}_column") for role in ROLES}
    table, roles, notes = _table(place, asked=asked, header=recipe.header)
    titles = _titles(recipe, place.titles, table, roles)
    rows_read, said = _typed(table, roles)
    built = building.build(rows_read, titles=titles, bounds=recipe.bounds, source=recipe.data)
    return _dataset(recipe, built, (roles.described(), *notes, *said), "")


def read_rows(path: Path, columns: Mapping[str, str] | None = None) -> tuple[pl.DataFrame, Roles, tuple[str, ...]]:
    """Return the rows of a file or folder of ratings, as `building.build` takes them; the columns; what is to be said.

    Args:
        path: of the file or folder.
        columns: names of columns by what they are, "user": "who", where the file has them; others are found.

    Raises:
        DataError: it cannot be read, or nobody can know who rated what.
    """
    place = movielens.find(path.expanduser())
    there = [] if place.has_own_layout else open_table(place.ratings).names
    asked = {role: name for role, name in (columns or {}).items() if name in (*there, NONE)}
    table, roles, notes = _table(place, asked=asked, header=None)
    rows, said = _typed(table, roles)
    return rows, roles, (*notes, *said)


def _table(
    place: movielens.Place, *, asked: Mapping[str, str], header: bool | None
) -> tuple[pl.DataFrame, Roles, tuple[str, ...]]:
    """Return the cells of a file of ratings as text, which column is what, and notes."""
    if not place.has_own_layout:
        return read_table(place.ratings, asked=asked, header=header)
    names, rows, notes = movielens.as_table(place.ratings)
    table = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return table, column_roles.settle(names, table, asked=asked, source=str(place.ratings)), notes


def _dataset(
    recipe: RecommendationRecipe, built: building.Built, notes: tuple[str, ...], licence: str
) -> RatingsDataset:
    return RatingsDataset(
        name=table_name(recipe.data) if Path(recipe.data).suffix else Path(recipe.data).name,
        source=recipe.data,
        ratings=built.ratings,
        parts=np.zeros(len(built.ratings), np.uint8),
        content_hash=built.ratings.content_hash(),
        skipped_items=built.skipped,
        notes=(*notes, *built.notes),
        licence=licence,
    )


def read_table(
    path: Path, *, asked: Mapping[str, str], header: bool | None
) -> tuple[pl.DataFrame, Roles, tuple[str, ...]]:
    """Return the columns of a CSV, TSV or Parquet file that say something of ratings, as text; which they are; notes.

    A file whose first line is a rating has no header: that is seen by its cells.

    Raises:
        DataError, UnknownNameError: as `load_ratings`.
    """
    try:
        return _read(path, asked=asked, header=header)
    except DataError as error:
        if header is not None or "--no-header" not in str(error):
            raise
        table, roles, notes = _read(path, asked=asked, header=False)
        return table, roles, (*notes, "The first line is a rating: the file names no columns.")


def _read(path: Path, *, asked: Mapping[str, str], header: bool | None) -> tuple[pl.DataFrame, Roles, tuple[str, ...]]:
    opened = open_table(path, header=header)
    first = next(iter(opened.read(opened.names, ())), None)
    looked_at = (
        _texts(first.cells.head(LOOKED_AT)) if first else pl.DataFrame(schema=dict.fromkeys(opened.names, pl.String))
    )
    roles = column_roles.settle(opened.names, looked_at, asked=asked, source=str(path))
    wanted = list(dict.fromkeys(roles.columns.values()))
    frames, notes = list[pl.DataFrame](), dict[str, None]()
    for frame in opened.read(wanted, ()):
        frames.append(_texts(frame.cells))
        notes |= dict.fromkeys(frame.notes)
    return pl.concat(frames) if frames else looked_at.select(wanted).clear(), roles, tuple(notes)


def _texts(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(cells.said(table[name]).alias(name) for name in table.columns)


def _typed(table: pl.DataFrame, roles: Roles) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return rows as `building.build` takes them, and what is to be said of them."""
    notes: list[str] = []
    made = {
        "number": pl.Series(np.arange(1, len(table) + 1)),
        "user": cells.texts(table[roles.user]),
        "item": cells.texts(table[roles.item]),
    }
    if roles.rating:
        made |= _numbers(table[roles.rating])
    if roles.time:
        found = times.seconds(table[roles.time])
        if found.null_count() < len(found):
            made["time"] = found
        else:
            notes.append(f"The times in '{roles.time}' cannot be read, so they are not used.")
    return pl.DataFrame(made), tuple(notes)


def _numbers(column: pl.Series) -> dict[str, pl.Series]:
    """Return ratings, NaN where there is none, and the text of what is no number; 4,5 is read where all are so."""
    read = min(
        (cells.read_numbers(column, Written(mark)) for mark in ("", ",")), key=lambda each: each.unreadable.sum()
    )
    return {
        "rating": pl.Series(read.values, dtype=pl.Float64).fill_null(np.nan),
        "unreadable": column.cast(pl.String).set(pl.Series(~read.unreadable), None),
    }


def _titles(recipe: RecommendationRecipe, beside: Path | None, table: pl.DataFrame, roles: Roles) -> dict[str, str]:
    """Return titles by item, of a column, of a file that the recipe names, or of one that lies beside the ratings."""
    if roles.title and not recipe.titles:
        return _pairs(table[roles.item], table[roles.title])
    path = Path(recipe.titles).expanduser() if recipe.titles and recipe.titles != NONE else beside
    if path is None or recipe.titles == NONE:
        return {}
    if path.name in movielens.FILES.values():
        return movielens.read_titles(path)
    opened = open_table(path)
    named = column_roles.by_names(opened.names)
    if not {"item", "title"} <= named.keys():
        if not recipe.titles:
            return {}
        raise DataError(
            f"{path} needs a column of items and one of titles (found {', '.join(opened.names[:6])}). "
            "Call them item and title."
        )
    wanted = [named["item"], named["title"]]
    found = pl.concat([_texts(frame.cells) for frame in opened.read(wanted, ())])
    return _pairs(found[wanted[0]], found[wanted[1]])


def _pairs(items: pl.Series, titles: pl.Series) -> dict[str, str]:
    pairs = pl.DataFrame({"item": cells.texts(items), "title": titles}).drop_nulls()
    pairs = pairs.unique("item", keep="first", maintain_order=True)
    return dict(zip(pairs["item"].to_list(), pairs["title"].to_list(), strict=True))


def noted(dataset: RatingsDataset, *notes: str) -> RatingsDataset:
    """Return the data with more for the user to know."""
    return replace(dataset, notes=(*dataset.notes, *notes))
