"""How good answers are for users, and of items, of whom little is known: in groups by the ratings in training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.recommendation.metrics.by_user import (
    ByUser,
    UserRatio,
    per_user,
    ranking_ratios,
    relevant,
)
from saccade.tasks.recommendation.questions import Questions

BOUNDS = ((0, 4), (5, 19), (20, 99), (100, None))
"""Ratings of a user, or of an item, that are known: from, and to."""


@dataclass(frozen=True)
class Bucket:
    """Asked ratings of users, or of items, with so many known ratings.

    Attributes:
        kind: "users" or "items": whose ratings are counted.
        least, most: how many are known; no end where `most` is None.
        chosen: (ratings,) which of the asked ratings these are.
        members: how many users, or items, they are of.
    """

    kind: str
    least: int
    most: int | None
    chosen: NDArray[np.bool_]
    members: int

    @property
    def key(self) -> tuple[str, int]:
        """What makes it another than the others."""
        return self.kind, self.least


def buckets(questions: Questions, item_counts: NDArray[np.int64]) -> Iterator[Bucket]:
    """Yield the groups of users and those of items in which anything is asked.

    Args:
        questions: of a split.
        item_counts: (items,), how many ratings of each are in training.
    """
    asked, known = questions.asked, np.diff(questions.known.indptr)
    user = np.repeat(np.arange(len(questions)), np.diff(asked.indptr))
    for kind, place, counts in (("users", user, known), ("items", asked.indices, item_counts)):
        for least, most in BOUNDS:
            chosen = (counts[place] >= least) & (most is None or counts[place] <= most)
            if chosen.any():
                yield Bucket(kind, least, most, chosen, len(np.unique(place[chosen])))


def bucket_ratios(questions: Questions, found: ByUser, bucket: Bucket) -> dict[str, UserRatio]:
    """Return "rmse" of a group, and how it is ranked: of users "ndcg", of items "recall" at 10 of its relevant ones."""
    ratios = {}
    if found.expected is not None:
        errors = np.where(bucket.chosen, (found.expected - questions.asked.data) ** 2, 0.0)
        ratios["rmse"] = UserRatio(per_user(questions, errors), per_user(questions, bucket.chosen), root=True)
    if found.places is None:
        return ratios
    if bucket.kind == "users":
        return {**ratios, "ndcg": _of_users(questions, ranking_ratios(questions, found)["ndcg"], bucket)}
    wanted = relevant(questions) & bucket.chosen
    hits = per_user(questions, wanted & (found.places >= 0))
    return {**ratios, "recall": UserRatio(hits, per_user(questions, wanted))}


def _of_users(questions: Questions, ratio: UserRatio, bucket: Bucket) -> UserRatio:
    inside = (per_user(questions, bucket.chosen) > 0).astype(np.float64)
    return UserRatio(ratio.above * inside, ratio.below * inside)
