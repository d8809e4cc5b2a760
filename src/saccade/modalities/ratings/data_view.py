"""Ratings as a person looks through them: how high, how many each, and what is rated most."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.data_view import DataView, Sheet, of_numbers
from saccade.modalities.ratings.dataset import PARTS, RatingsDataset

MOST = 20
"""Items that are listed."""


def view(dataset: RatingsDataset) -> DataView:
    """Return what there is to see of ratings; of how high they are, only what is outside of the test split."""
    ratings = dataset.ratings
    known = ~dataset.is_in("test")
    of_users = np.bincount(ratings.user, minlength=len(ratings.users))
    of_items = np.bincount(ratings.item, minlength=len(ratings.items))
    sizes = {part: int(dataset.is_in(part).sum()) for part in PARTS if part}
    return DataView(
        name=dataset.name,
        noun="ratings",
        count=len(ratings),
        counts={part: {"ratings": size} for part, size in sizes.items() if size},
        notes=dataset.notes,
        charts=(
            of_numbers("rating", "outside of the test split", ratings.rating[known]),
            of_numbers("ratings a user", f"{len(ratings.users):,} users", of_users),
            of_numbers("ratings an item", f"{len(ratings.items):,} items", of_items),
        ),
        sheets=(_items(dataset, of_items, known), _users(dataset, of_users)),
    )


def _items(dataset: RatingsDataset, counts: NDArray[np.int64], known: NDArray[np.bool_]) -> Sheet:
    ratings = dataset.ratings
    size = len(ratings.items)
    sums = np.bincount(ratings.item[known], ratings.rating[known], minlength=size)
    seen = np.bincount(ratings.item[known], minlength=size)
    best = np.argsort(-counts, kind="stable")[:MOST]
    rows = [(ratings.titles[at], f"{counts[at]:,}", f"{sums[at] / seen[at]:.2f}" if seen[at] else "–") for at in best]
    return Sheet("Items that are rated most", ("item", "ratings", "mean"), tuple(rows))


def _users(dataset: RatingsDataset, counts: NDArray[np.int64]) -> Sheet:
    best = np.argsort(-counts, kind="stable")[:MOST]
    rows = tuple((dataset.ratings.users[at], f"{counts[at]:,}") for at in best)
    return Sheet("Users who rate most", ("user", "ratings"), rows)
