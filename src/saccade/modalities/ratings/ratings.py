"""Ratings: who rated what how high, and when, each pair of user and item once."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.ratings.scale import RatingScale


@dataclass(frozen=True)
class Ratings:
    """Ratings in the order of their users, and of the items of each.

    Attributes:
        users: what the source calls each user, sorted; numbers by their value.
        items: likewise.
        titles: what to show of each item: its title, or what the source calls it.
        user: (n,) int32, places in `users`.
        item: (n,) int32, places in `items`.
        rating: (n,) float32, as the source has them.
        time: (n,) int64, seconds since 1970, or whatever else grows; None where nothing says when.
        scale: the ratings that there can be.
    """

    users: tuple[str, ...]
    items: tuple[str, ...]
    titles: tuple[str, ...]
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    rating: NDArray[np.float32]
    time: NDArray[np.int64] | None
    scale: RatingScale

    def __len__(self) -> int:
        return len(self.user)

    def content_hash(self) -> str:
        """Return a hex digest: equal ratings, equal digest; titles and the order in the file do not matter."""
        digest = hashlib.sha256()
        for names in (self.users, self.items):
            digest.update("\0".join(names).encode("utf-8", "surrogatepass") + b"\1")
        for array in (self.user, self.item, self.rating, self.time):
            digest.update(b"-" if array is None else np.ascontiguousarray(array).data)
        return digest.hexdigest()


def in_order(names: Iterable[str]) -> list[str]:
    """Return names sorted: by value where all are whole numbers, else as text."""
    found = list(names)
    if all(name.isascii() and name.isdigit() and len(name) < 19 for name in found):
        return sorted(found, key=lambda name: (int(name), name))
    return sorted(found)
