"""Cells become ratings: ids are numbered, what cannot be used is skipped and counted, each pair is left once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.ratings.ratings import Ratings, in_order
from saccade.modalities.ratings.scale import RatingScale

SHOWN = 3
FEWEST_RATINGS, FEWEST_USERS, FEWEST_ITEMS = 20, 2, 2
"""With fewer nothing can be learnt of what goes with what."""

MOSTLY = 0.5  # of the rows cannot be used: the file is not what it was taken for
_RARE = 0.01  # of the ratings, far from all others: they mean something else, such as 99 for none


@dataclass(frozen=True)
class Built:
    """Ratings, and what became of the other rows.

    Attributes:
        ratings: what can be used.
        skipped: what cannot, and why.
        notes: what the user should know, a sentence each.
    """

    ratings: Ratings
    skipped: tuple[SkippedItem, ...]
    notes: tuple[str, ...]


def build(
    rows: pl.DataFrame,
    *,
    titles: Mapping[str, str],
    bounds: tuple[float, float] | None,
    source: str,
) -> Built:
    """Return the ratings of rows.

    Args:
        rows: "user" and "item" as text without spaces around it, null where nothing is said; "number", the row's in the
            file; if there are ratings, "rating", float, NaN where nothing is said, and "unreadable", the text of
            those that are no number; if it is known, "time", an integer, null where nothing is said.
        titles: by item.
        bounds: the lowest and highest rating, where a person says it.
        source: for messages.

    Raises:
        DataError: too little can be used.
    """
    notes: list[str] = []
    reasons = _reasons(rows, bounds, source, notes)
    skipped = _skipped(rows, reasons)
    good = rows.filter(pl.Series(reasons == ""))
    if len(rows) and len(good) < MOSTLY * len(rows):
        worst = max(skipped, key=lambda each: each.count)
        raise DataError(
            f"{len(rows) - len(good):,} of {len(rows):,} rows of {source} cannot be used; most: {worst.reason} "
            f"({worst.name}). Look at the file, or name its columns: --user-column, --item-column, --rating-column."
        )
    good, repeated = _once(good)
    if repeated:
        by = "by its time" if "time" in good.columns else "in the file"
        skipped.append(
            SkippedItem("", f"the same user rated the same item again: the last {by} counts", "other", repeated)
        )
    times = _times(good, notes)
    _refuse_few(good, source)
    made = _numbered(good, times, titles, notes)
    return Built(made, tuple(skipped), tuple(notes))


def _reasons(rows: pl.DataFrame, bounds: tuple[float, float] | None, source: str, notes: list[str]) -> NDArray[np.str_]:
    """Return (n,) why a row cannot be used, "" where it can."""
    reasons = np.full(len(rows), "", "<U80")

    def blame(bad: NDArray[np.bool_], why: str) -> None:
        reasons[bad & (reasons == "")] = why

    blame(rows["user"].is_null().to_numpy(), "it does not say who rated")
    blame(rows["item"].is_null().to_numpy(), "it does not say what was rated")
    if "rating" in rows.columns:
        _refuse_text(rows, source)
        rating = rows["rating"].to_numpy()
        blame(rows["unreadable"].is_not_null().to_numpy(), "its rating is no number")
        blame(~np.isfinite(rating), "it has no rating")
        low, high = bounds or _usual_bounds(rating[reasons == ""])
        off = (rating < low) | (rating > high)
        blame(off, f"its rating is off the scale from {low:g} to {high:g}")
        if bounds is None and off.any():
            notes.append(_off_the_scale(np.unique(rating[off])))
    return reasons


def _off_the_scale(ratings: NDArray[np.float64]) -> str:
    shown = ", ".join(f"{value:g}" for value in ratings[:SHOWN])
    return (
        f"Ratings of {shown} are rare and far from all others: they are taken for none. If they are ratings, say so: "
        "--scale LOWEST..HIGHEST."
    )


def _refuse_text(rows: pl.DataFrame, source: str) -> None:
    """Raise DataError where most ratings are words."""
    words = rows["unreadable"].drop_nulls()
    if len(words) > MOSTLY * len(rows):
        shown = ", ".join(f"'{word[:20]}'" for word in words.unique(maintain_order=True)[:SHOWN])
        raise DataError(
            f"The ratings of {source} are text ({shown}), not numbers. Write numbers instead, or name another column "
            "with --rating-column (none: each row says only that somebody took something)."
        )


def _usual_bounds(ratings: NDArray[np.float64]) -> tuple[float, float]:
    """Return the lowest and highest rating but for those that are rare and lie far out: further than all others do."""
    if not len(ratings):
        return -np.inf, np.inf
    low, high = np.quantile(ratings, [_RARE / 2, 1 - _RARE / 2])
    margin = max(high - low, 1.0)
    near = ratings[(ratings >= low - margin) & (ratings <= high + margin)]
    return float(near.min()), float(near.max())


def _skipped(rows: pl.DataFrame, reasons: NDArray[np.str_]) -> list[SkippedItem]:
    found = []
    for reason in dict.fromkeys(reasons[reasons != ""].tolist()):
        numbers = rows["number"].filter(pl.Series(reasons == reason))
        shown = ", ".join(f"{number:,}" for number in numbers[:SHOWN].to_list())
        more = " …" if len(numbers) > SHOWN else ""
        found.append(
            SkippedItem(f"{'rows' if len(numbers) > 1 else 'row'} {shown}{more}", reason, "other", len(numbers))
        )
    return found


def _once(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the rows with each pair of user and item once, the last, and how many others there were."""
    if "time" in rows.columns:
        rows = rows.sort("time", maintain_order=True, nulls_last=False)
    left = rows.unique(["user", "item"], keep="last", maintain_order=True)
    return left, len(rows) - len(left)


def _times(rows: pl.DataFrame, notes: list[str]) -> NDArray[np.int64] | None:
    if "time" not in rows.columns:
        return None
    missing = rows["time"].null_count()
    if missing:
        notes.append(f"{missing:,} ratings do not say when, so no times are used: a split by time is not possible.")
        return None
    return rows["time"].cast(pl.Int64).to_numpy()


def _refuse_few(rows: pl.DataFrame, source: str) -> None:
    users, items = rows["user"].n_unique(), rows["item"].n_unique()
    if len(rows) < FEWEST_RATINGS or users < FEWEST_USERS or items < FEWEST_ITEMS:
        raise DataError(
            f"{source} has {len(rows):,} usable ratings of {items:,} {'item' if items == 1 else 'items'} by {users:,} "
            f"{'user' if users == 1 else 'users'}: too few to learn what goes with what. At least {FEWEST_RATINGS} "
            f"ratings, {FEWEST_USERS} users and {FEWEST_ITEMS} items are needed."
        )


def _numbered(
    rows: pl.DataFrame, times: NDArray[np.int64] | None, titles: Mapping[str, str], notes: list[str]
) -> Ratings:
    users, items = (in_order(rows[role].unique().to_list()) for role in ("user", "item"))
    user, item = (
        rows[role].replace_strict(names, range(len(names)), return_dtype=pl.Int32).to_numpy()
        for role, names in (("user", users), ("item", items))
    )
    order = np.lexsort((item, user))
    if "rating" in rows.columns:
        rating = rows["rating"].to_numpy().astype(np.float32)[order]
    else:
        rating = np.ones(len(rows), np.float32)
        notes.append("There are no ratings: each row says that somebody took something, and so items are only ranked.")
    shown = tuple(titles.get(item, item) for item in items)
    return Ratings(
        tuple(users), tuple(items), shown, user[order], item[order], rating,
        None if times is None else times[order], RatingScale.of(rating),
    )  # fmt: skip
