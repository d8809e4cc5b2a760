"""From which rating on somebody likes an item: what rankings are judged by, and what a network may look at."""

from collections.abc import Sequence

LIKED_FROM = 0.75
"""So far up the scale a rating means that the user likes the item: 4 of 1 to 5, and of .5 to 5."""


def liked_from(levels: Sequence[float]) -> float:
    """Return the lowest rating that is at least three quarters up the scale.

    Args:
        levels: the ratings that there are, ascending; of one level all are liked.
    """
    bound = levels[0] + LIKED_FROM * (levels[-1] - levels[0])
    return next(level for level in levels if level >= bound - 1e-9)


def liked_code(levels: Sequence[float]) -> int:
    """Return the code from which on a rating is liked: 1 + the place of `liked_from` in the scale."""
    return 1 + list(levels).index(liked_from(levels))
