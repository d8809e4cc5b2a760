"""Which ratings speak for a recommendation: each is left out in turn, and the network is asked again."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Numbers = NDArray[np.float64]

TRIED = 500
"""Ratings of one person that are left out in turn at most: of more, those furthest from their own mean."""

AT_ONCE = 64
"""Persons that differ in a rating, given to the network together."""


def tried(codes: Codes) -> NDArray[np.int64]:
    """Return the places of the ratings in codes (items,) that are to be left out in turn, ascending."""
    rated = np.flatnonzero(codes)
    if len(rated) <= TRIED:
        return rated
    own = codes[rated].astype(np.float64)
    return np.sort(rated[np.argsort(-np.abs(own - own.mean()), kind="stable")[:TRIED]])


def without_each(codes: Codes, places: NDArray[np.int64]) -> Iterator[Codes]:
    """Yield blocks (n, items) of the same codes, each row without the rating at one of the places, in their order."""
    for start in range(0, len(places), AT_ONCE):
        left_out = places[start : start + AT_ONCE]
        block = np.repeat(codes[None], len(left_out), axis=0)
        block[np.arange(len(left_out)), left_out] = 0
        yield block


def effects(
    scores: Callable[[Codes], NDArray[np.float32]], codes: Codes, own: NDArray[np.float32], items: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Numbers]:
    """Return the places (r,) of the ratings that were tried, and how much each adds to the scores of items, (r, k).

    That is the score with all ratings less the score without this one, of the very network: no approximation. Two
    ratings that say the same stand in for each other, so that leaving out either changes little.

    Args:
        scores: gives scores (n, items) for codes (n, items).
        codes: (items,), of one person.
        own: (items,), the scores for them.
        items: (k,) places of those that are asked about.
    """
    places = tried(codes)
    without = [scores(block)[:, items] for block in without_each(codes, places)]
    return places, own[items].astype(np.float64) - np.concatenate([np.zeros((0, len(items))), *without])
