"""Questions: users with the ratings that are known of them and those that are asked, and who answers in turn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from saccade.core.liked_ratings import liked_from
from saccade.modalities.ratings.dataset import RatingsDataset

Floats = NDArray[np.float32]
Answer = tuple[Floats | None, Floats | None]
"""Expected ratings and scores for ranking, (b, items) each; None for what somebody does not say."""

BLOCK = 256
"""Users that are answered at once: no array of all users by all items is ever made."""


@dataclass(frozen=True)
class Questions:
    """Users of a split, the ratings that an answer may use, and those that it is judged by.

    Attributes:
        known: (n, items), the ratings in stars that go in: those of training, whatever the split.
        asked: (n, items), the ratings of the split, which nothing that answers sees.
        seen: (n, items), what the user has rated before the split: no candidate for a recommendation. Of the test
            split these are the ratings of training and validation, as they are in use.
        levels: the ratings that there are, ascending.
    """

    known: csr_matrix
    asked: csr_matrix
    seen: csr_matrix
    levels: tuple[float, ...]

    @property
    def liked_from(self) -> float:
        """The rating from which on an asked item is relevant; where there is one level only, every asked item is."""
        return liked_from(self.levels)

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest rating: of the scale, and where its levels were made of many, of those known."""
        known = self.known.data if self.known.nnz else np.array(self.levels)
        return min(self.levels[0], float(known.min())), max(self.levels[-1], float(known.max()))

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.known.shape[1])

    def __len__(self) -> int:
        return int(self.known.shape[0])

    def blocks(self) -> Iterator[slice]:
        """Yield the users in turn, at most `BLOCK` at once."""
        return (slice(start, min(start + BLOCK, len(self))) for start in range(0, len(self), BLOCK))

    def answered(self, answer: Callable[[csr_matrix], Answer]) -> Iterator[tuple[slice, Answer]]:
        """Yield which users and what `answer` says of their known ratings, expected ratings kept to the scale."""
        for users in self.blocks():
            expected, scores = answer(self.known[users])
            within = None if expected is None else np.clip(expected, *self.ends)
            yield users, (within, scores)


def questions_of(dataset: RatingsDataset, split: str) -> Questions:
    """Return the questions of a split, its users in the order of `dataset.users_of`."""
    known, asked = dataset.known(split), dataset.asked(split)
    return Questions(known, asked, _seen(dataset, split, known), dataset.scale.levels)


def _seen(dataset: RatingsDataset, split: str, known: csr_matrix) -> csr_matrix:
    """Return what is known, and of test users what validation asks for: by then it has been rated."""
    earlier = dataset.users_of("validation")
    users = dataset.users_of(split)
    if split != "test" or not len(earlier):
        return known
    place = np.searchsorted(earlier, users)
    both = earlier[np.minimum(place, len(earlier) - 1)] == users
    rows = csr_matrix((np.ones(int(both.sum())), (np.flatnonzero(both), place[both])), (len(users), len(earlier)))
    return csr_matrix(pattern(known) + rows @ pattern(dataset.asked("validation")))


def pattern(ratings: csr_matrix, *, at_least: float | None = None) -> csr_matrix:
    """Return 1 where there is a rating, or one that is at least so high, (n, items) float32; a rating may be 0."""
    marks = np.ones(ratings.nnz, np.float32) if at_least is None else (ratings.data >= at_least).astype(np.float32)
    made = csr_matrix((marks, ratings.indices, ratings.indptr), shape=ratings.shape)
    if at_least is not None:
        made = made.copy()  # or the indices of what was given would be changed
        made.eliminate_zeros()
    return made


def row_numbers(ratings: csr_matrix) -> NDArray[np.int64]:
    """Return the row of each stored rating, (ratings,), in their order."""
    return np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
