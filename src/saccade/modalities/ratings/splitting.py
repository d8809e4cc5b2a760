"""Splitting: which ratings are held out, of each user, of the latest time, or of users that are not trained on."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.ratings.ratings import Ratings

_STREAMS = {"test": 0, "validation": 1, "known": 2}
"""A stream of random numbers a split: the test split stays the same when the size of validation changes."""

LEFT = "left for training"
ONLY = "the only one that is left of its user: kept for training"


def split_ratings(
    ratings: Ratings, *, by: str, validation: float, test: float, known: float, seed: int
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return (n,) the part of each rating, a name of `dataset.PARTS`, and (n,) why.

    Args:
        ratings: all of them.
        by: "within" holds out ratings of each user at random, of none the last one; "time" the latest of all; "user"
            users at random, of whom a part of the ratings is known.
        validation: part of the ratings, or of the users, in the validation split.
        test: likewise.
        known: of users who are held out: the part of their ratings that is known.
        seed: another seed, another split.

    Raises:
        DataError: they cannot be split so, or nothing is left for training.
    """
    if validation + test >= 1:
        raise DataError(
            f"{test:g} of the ratings for test and {validation:g} for validation leave nothing to train on. "
            "Lower --test or --validation."
        )
    if by == "time":
        return _by_time(ratings, validation, test)
    if by == "user":
        return _by_user(ratings, validation, test, known, seed)
    return _within_users(ratings, validation, test, seed)


def _blank(ratings: Ratings) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    return np.full(len(ratings), "train", "<U16"), np.full(len(ratings), LEFT, "<U64")


def _within_users(
    ratings: Ratings, validation: float, test: float, seed: int
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    parts, reasons = _blank(ratings)
    for split, share in (("test", test), ("validation", validation)):
        left = np.flatnonzero(parts == "train")
        wanted = share if split == "test" else share / (1 - test)
        taken = left[_some_of_each(ratings.user[left], wanted, np.random.default_rng((seed, _STREAMS[split])))]
        parts[taken], reasons[taken] = split, "at random, of this user's ratings"
    alone = np.bincount(ratings.user, minlength=len(ratings.users))[ratings.user] == 1
    reasons[alone] = ONLY
    return parts, reasons


def _some_of_each(group: NDArray[np.int32], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return places of a share of each group at random, rounded up or down at random; one of each is left."""
    order = np.lexsort((rng.random(len(group)), group))
    counts = np.bincount(group)
    wanted = np.minimum(np.floor(share * counts + rng.random(len(counts))), counts - 1)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.arange(len(group)) - starts[group[order]]
    return np.sort(order[place < wanted[group[order]]])


def _by_time(ratings: Ratings, validation: float, test: float) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    if ratings.time is None:
        raise DataError(
            "Nothing says when the ratings were given, so they cannot be split by time. Name the column with "
            "--time-column, or leave --split-by out."
        )
    parts, reasons = _blank(ratings)
    in_order = np.sort(ratings.time)
    for split, share in (("validation", validation + test), ("test", test)):
        at = min(len(in_order) - 1, round((1 - share) * len(in_order)))
        later = ratings.time >= in_order[at]  # what happened in one moment stays together
        if share and (share > test or split == "test"):
            parts[later], reasons[later] = split, "cut by time: the latest"
    reasons[parts == "train"] = "cut by time: earlier"
    if not (parts == "train").any():
        raise DataError(
            "All ratings were given at about the same time, so a split by time leaves nothing to train on. "
            "Leave --split-by out."
        )
    return parts, reasons


def _by_user(
    ratings: Ratings, validation: float, test: float, known: float, seed: int
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    parts, reasons = _blank(ratings)
    reasons[:] = "a user to train on"
    counts = np.bincount(ratings.user, minlength=len(ratings.users))
    able = np.flatnonzero(counts >= 2)  # of others nothing would be known, or nothing asked
    order = np.random.default_rng((seed, _STREAMS["test"])).permutation(able)
    ends = np.round(np.cumsum([test, validation]) * len(able)).astype(int)
    for split, users in (("test", order[: ends[0]]), ("validation", order[ends[0] : ends[1]])):
        held = np.flatnonzero(np.isin(ratings.user, users))
        rng = np.random.default_rng((seed, _STREAMS["known"], _STREAMS[split]))
        asked = held[_some_of_each(ratings.user[held], max(1 - known, 0), rng)]
        parts[held], reasons[held] = f"{split} known", "known of a user who is held out"
        parts[asked], reasons[asked] = split, "asked of a user who is held out"
    if not (parts == "train").any():
        raise DataError("No users are left to train on. Lower --test or --validation.")
    return parts, reasons
