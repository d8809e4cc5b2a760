"""Images whose edges run alike, found exactly among all pairs: what differs in few directions differs in all.

Edge histograms differ most along a few directions. The distance within these is never larger than the whole one, so
pairs that are too far apart there need not be compared in full: a product of two matrices of some 48 columns says it.

A mirror leaves one half of a histogram as it is (what both sides share) and turns the sign of the other (what they
differ in). So the sum of the products of the two halves is that of two images, and their difference is that of one and
the other in a mirror: both are found in one pass.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.blas import one_thread
from saccade.modalities.images.audit.edge_histograms import Floats, in_mirror

FARTHEST = 0.03
"""1 − cosine of two edge histograms from which on images are no neighbours; of two of CIFAR-10's images, .13."""

CROWD = 10
"""An image's tenth neighbour tells how far look-alikes of its kind are: six exposures of one thing are no crowd."""

CLEARLY = 0.8
"""Pairs are nearer than this part of what the tenth neighbour of both is. Of 1,700 pairs of one thing in CIFAR-10 19 in
20 are, and one in five of those within `FARTHEST`."""

KEPT = 60
"""Neighbours of an image that are looked for, about: more are not needed to know the tenth."""

SAMPLE = 2000
"""Images by which it is found out how near these are."""

FITTED_ON, DIRECTIONS = 5000, 46
"""Histograms from which the directions are taken, and how many: 85 to 95% of the variance."""

_ROWS, _COLUMNS, _COMPARED = 500, 1000, 20_000  # blocks of 2 MB stay in a core's cache

Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]
Pairs = tuple[Rows, Rows, Bools, Floats]


@dataclass(frozen=True)
class EdgeNeighbours:
    """Pairs of images whose edges are much more alike than those of others of their kind.

    Attributes:
        first: (m,), rows of the histograms.
        second: (m,), larger than `first`.
        mirrored: (m,), whether the second is seen in a mirror.
        clearness: (m,), distance in parts of that of the nearer tenth neighbour, below `CLEARLY`.
        crowd: (m,), how far that is, at most `FARTHEST`.
    """

    first: Rows
    second: Rows
    mirrored: Bools
    clearness: Floats
    crowd: Floats


def edge_neighbours(histograms: Floats, *, seed: int = 0) -> EdgeNeighbours:
    """Return the pairs whose edges are clearly alike, straight or in a mirror.

    Of 60,000 images 7 seconds on one core, in proportion to the square of their number; memory 100 bytes a neighbour.

    Args:
        histograms: (n, 128), see `edge_histograms`.
        seed: of the sample.
    """
    mirrored = in_mirror(histograms)
    with one_thread():
        reach = _reach(histograms, mirrored, np.random.default_rng(seed))
        first, second, in_a_mirror, distance = _within(histograms, mirrored, reach)
    crowd = _tenth(first, second, distance, reach)
    crowd = np.minimum(crowd[first], crowd[second])
    clear = distance < CLEARLY * crowd
    clearness = np.asarray(distance[clear] / np.maximum(crowd[clear], 1e-9), np.float32)
    return EdgeNeighbours(first[clear], second[clear], in_a_mirror[clear], clearness, crowd[clear])


def _reach(histograms: Floats, mirrored: Floats, rng: np.random.Generator) -> Floats:
    """Return (n,): within which distance each image has about `KEPT` neighbours, at most `FARTHEST`."""
    count = len(histograms)
    sample = np.sort(rng.permutation(count)[:SAMPLE])
    rank = max(3, round(KEPT * len(sample) / count))
    reach = np.full(count, FARTHEST, np.float32)
    if 2 * len(sample) <= rank:
        return reach
    others = np.concatenate([histograms[sample], mirrored[sample]]).T
    for start in range(0, count, _ROWS):
        alike = histograms[start : start + _ROWS] @ others
        crowded = np.flatnonzero(np.count_nonzero(alike > 1 - FARTHEST, axis=1) > rank)
        ranked = np.partition(alike[crowded], -rank - 1, axis=1)[:, -rank - 1]  # one may be the image itself
        reach[start + crowded] = np.minimum(FARTHEST, 1 - ranked)
    return reach


def _within(histograms: Floats, mirrored: Floats, reach: Floats) -> Pairs:
    """Return rows i < j, mirroring and distance of pairs whose distance is within the reach of both."""
    found = [_nothing()]
    for first, second, in_a_mirror in _near_in_some_directions(histograms, mirrored, reach):
        for start in range(0, len(first), _COMPARED):
            one, other = first[start : start + _COMPARED], second[start : start + _COMPARED]
            turned = in_a_mirror[start : start + _COMPARED]
            against = np.where(turned[:, None], mirrored[other], histograms[other])
            distance = np.asarray(1 - np.einsum("ij,ij->i", histograms[one], against), np.float32)
            kept = distance < np.minimum(reach[one], reach[other])
            found.append((one[kept], other[kept], turned[kept], distance[kept]))
    return _joined(found)


def _nothing() -> Pairs:
    return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.float32)


def _joined(pairs: Sequence[Pairs]) -> Pairs:
    first, second, mirrored, distance = zip(*pairs, strict=True)
    return np.concatenate(first), np.concatenate(second), np.concatenate(mirrored), np.concatenate(distance)


def _near_in_some_directions(histograms: Floats, mirrored: Floats, reach: Floats) -> Iterator[tuple[Rows, Rows, Bools]]:
    """Yield rows i < j and mirroring, block by block, of pairs whose distance in a few directions is in i's reach."""
    asked, against, turning = _projected(histograms, mirrored)
    for start in range(0, len(histograms), _ROWS):
        rows, least = slice(start, start + _ROWS), -reach[start : start + _ROWS, None]
        for place in range(start, len(histograms), _COLUMNS):
            shared = asked[rows] @ against[:, place : place + _COLUMNS]
            turned = turning[rows] @ turning[place : place + _COLUMNS].T
            near = np.flatnonzero(shared + np.abs(turned) > least)
            first, second = np.divmod(near, shared.shape[1])
            first, second, shared, turned = first + start, second + place, shared.take(near), turned.take(near)
            for sign in (1, -1):
                kept = (shared + sign * turned > -reach[first]) & (first < second)
                yield first[kept], second[kept], np.full(kept.sum(), sign < 0)


def _projected(histograms: Floats, mirrored: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (n, a + 2), (a + 2, n) and (n, b), a + b being `DIRECTIONS`: factors of the two products of all pairs.

    Their sum is half of the negative squared distance within some directions, their difference that in a mirror.
    """
    half = np.float32(0.5)
    shared, turned = half * (histograms + mirrored), half * (histograms - mirrored)
    shared -= shared.mean(axis=0)  # in a mirror, the mean of what is turned is its opposite
    own, other = _directions(shared, turned)
    shared, turned = (np.asarray(each, np.float32) for each in (shared @ own, turned @ other))
    squares = (shared**2).sum(axis=1, keepdims=True) + (turned**2).sum(axis=1, keepdims=True)
    lengths = np.asarray(-half * squares, np.float32)
    ones = np.ones_like(lengths)
    return np.hstack([shared, lengths, ones]), np.ascontiguousarray(np.hstack([shared, ones, lengths]).T), turned


def _directions(shared: Floats, turned: Floats) -> tuple[Floats, Floats]:
    """Return (128, a) and (128, b): the directions in which the two halves of histograms differ most."""
    step = max(1, len(shared) // FITTED_ON)
    (small, own), (large, other) = (np.linalg.eigh(each[::step].T @ each[::step]) for each in (shared, turned))
    least = np.sort(np.concatenate([small, large]))[-DIRECTIONS]
    return own[:, small >= least], other[:, large >= least]


def _tenth(first: Rows, second: Rows, distance: Floats, reach: Floats) -> Floats:
    """Return (n,): the distance of each image's tenth neighbour, of the last one's reach where fewer are known."""
    owner, value = np.concatenate([first, second]), np.tile(distance, 2)
    order = np.lexsort((value, owner))
    starts = np.searchsorted(owner[order], np.arange(len(reach) + 1))
    enough = np.flatnonzero(np.diff(starts) >= CROWD)
    tenth = reach.copy()
    tenth[enough] = value[order[starts[enough] + CROWD - 1]]
    return tenth
