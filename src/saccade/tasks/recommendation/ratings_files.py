"""A file of ratings → what each user in it may like; what cannot be used is counted and said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from scipy import sparse

from saccade.core.errors import DataError
from saccade.tasks.recommendation.catalogue import Catalogue
from saccade.tasks.recommendation.predictor import RecommendationPredictor
from saccade.tasks.recommendation.reading import read_rows
from saccade.tasks.recommendation.recommendations import Recommendations

SHOWN = 3


def recommend_file(
    predictor: RecommendationPredictor,
    file: str | Path,
    *,
    count: int,
    reasons: int,
    note: Callable[[str], None],
    columns: Mapping[str, str] | None = None,
) -> Iterator[Recommendations]:
    """Yield what each user in a file of ratings may like, in the order of the file.

    Only the file says what they rated: what the run knows of users by the same names is not added.

    Args:
        predictor: of a run or a file.
        file: .csv, .tsv, .parquet, or one of MovieLens'; items are called as in the data of the training.
        count: items for each.
        reasons: ratings that are named for each.
        note: is told what could not be used.
        columns: as the data of the training call them, by what they are: taken where the file has them.

    Raises:
        DataError: it cannot be read, or nothing in it can be used.
    """
    users, codes = _codes(predictor.catalogue, file, note, columns)
    return predictor.recommend(codes, count=count, reasons=reasons, names=users)


def _codes(
    catalogue: Catalogue, file: str | Path, note: Callable[[str], None], columns: Mapping[str, str] | None
) -> tuple[Sequence[str], sparse.csr_matrix]:
    """Return the users of a file, and csr (users, items) codes of what they rated."""
    rows, roles, notes = read_rows(Path(file), columns)
    for sentence in (roles.described(), *notes):
        note(sentence)
    if not roles.rating and not catalogue.scale.is_implicit:
        raise DataError(f"{file} has no ratings, and this network was trained on such. {catalogue.ratings_in_words}.")
    if roles.rating and catalogue.scale.is_implicit:
        rows = rows.with_columns(rating=pl.lit(catalogue.scale.highest))
    if not roles.rating:
        rows = rows.with_columns(rating=pl.lit(catalogue.scale.highest))
    named = rows.drop_nulls(["user", "item"])
    place = named["item"].replace_strict(catalogue.items, range(len(catalogue)), default=-1, return_dtype=pl.Int64)
    code = _codes_of(catalogue, named["rating"])
    _say(note, len(rows) - len(named), "without a user or an item")
    _say(note, int((place < 0).sum()), "of items that this network does not know", named["item"].filter(place < 0))
    off = (place >= 0) & (code == 0)
    _say(note, int(off.sum()), "whose rating is none of the scale", named["rating"].filter(off).cast(pl.String))
    made = named.select("user").with_columns(place=place, code=code)
    users = made["user"].unique(maintain_order=True)
    good = made.filter((place >= 0) & (code > 0)).unique(["user", "place"], keep="last", maintain_order=True)
    if not len(good):
        raise DataError(
            f"Nothing in {file} can be used: items are called as in the data of the training, such as "
            f"'{catalogue.items[0]}'. {catalogue.ratings_in_words}."
        )
    row = good["user"].replace_strict(users, range(len(users)), return_dtype=pl.Int64)
    shape = (len(users), len(catalogue))
    codes = sparse.csr_matrix((good["code"].to_numpy(), (row.to_numpy(), good["place"].to_numpy())), shape)
    return users.to_list(), codes


def _codes_of(catalogue: Catalogue, ratings: pl.Series) -> pl.Series:
    """Return codes (n,) uint8 of ratings, 0 of those that are none."""
    values = ratings.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    found, at = np.unique(values, return_inverse=True)
    codes = np.array([_code(catalogue, float(value)) for value in found], np.uint8)
    return pl.Series(codes[at] if len(codes) else codes)


def _code(catalogue: Catalogue, rating: float) -> int:
    try:
        return catalogue.code(rating)
    except DataError:
        return 0


def _say(note: Callable[[str], None], count: int, what: str, values: pl.Series | None = None) -> None:
    if not count:
        return
    different = [] if values is None else values.unique(maintain_order=True).to_list()
    shown = ", ".join(str(value)[:40] for value in different[:SHOWN]) + (" …" if len(different) > SHOWN else "")
    note(f"{count:,} row{'' if count == 1 else 's'} left out, {what}{f': {shown}' if shown else ''}.")
