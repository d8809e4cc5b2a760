"""Rating scale: the ratings that there can be, and their codes, which networks take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

MOST_LEVELS = 20
"""Different ratings that are levels of their own; of more, such as 0 to 100, levels are made."""

MADE_LEVELS = 10


@dataclass(frozen=True)
class RatingScale:
    """The ratings that a person can give, ascending: 1 to 5, or ½ to 5.

    A rating's code is 1 + the place of its level; 0 is not rated.

    For example::

        scale = RatingScale((1.0, 2.0, 3.0, 4.0, 5.0))
        scale.codes(np.array([1, 5, 3.9]))   # uint8 [1, 5, 4]
        scale.values[scale.codes(...) - 1]   # the ratings again

    Attributes:
        levels: the ratings, at most 255.
    """

    levels: tuple[float, ...]

    @classmethod
    def of(cls, ratings: NDArray[np.floating]) -> Self:
        """Return the scale of ratings (n,): each that is given; of more than 20, the middles of ten equal shares.

        Levels that are whole numbers are filled up: who gave 1, 2, 4 and 5 could have given 3.
        """
        found = np.unique(ratings.astype(np.float64))
        if len(found) > MOST_LEVELS:
            middles = (np.arange(MADE_LEVELS) + 0.5) / MADE_LEVELS
            found = np.unique(np.quantile(ratings.astype(np.float64), middles, method="inverted_cdf"))
        elif (found == np.round(found)).all() and found[-1] - found[0] < MOST_LEVELS:
            found = np.arange(found[0], found[-1] + 1)
        return cls(tuple(found.tolist()))

    @property
    def values(self) -> NDArray[np.float32]:
        """(levels,), the ratings in their order."""
        return np.array(self.levels, np.float32)

    @property
    def lowest(self) -> float:
        """The lowest rating."""
        return self.levels[0]

    @property
    def highest(self) -> float:
        """The highest rating."""
        return self.levels[-1]

    @property
    def is_implicit(self) -> bool:
        """Whether there is but one level: seen or not, and nothing to tell of how much it was liked."""
        return len(self.levels) == 1

    def codes(self, ratings: NDArray[np.floating] | Sequence[float]) -> NDArray[np.uint8]:
        """Return codes (n,), uint8 from 1 on, of ratings (n,): that of the nearest level."""
        values = np.asarray(self.levels)
        middles = (values[1:] + values[:-1]) / 2
        return (1 + np.searchsorted(middles, np.asarray(ratings, np.float64), side="right")).astype(np.uint8)

    def text(self, rating: float) -> str:
        """Return a rating as people write it: 4, 3.5."""
        return f"{rating:g}"
