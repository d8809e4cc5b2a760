"""Images whose edges run alike, found exactly among all pairs: what differs in few directions differs in all.

Edge histograms differ most along a few directions. The distance within these is never larger than the whole one, so
pairs that are too far apart there need not be compared in full: the product of two matrices of 48 columns says it.
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

_ROWS, _COLUMNS, _COMPARED = 500, 4000, 20_000

Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]
Pairs = tuple[Rows, Rows, Floats]


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

    Of 60,000 images 8 seconds on one core, in proportion to the square of their number; memory 100 bytes a neighbour.

    Args:
        histograms: (n, 128), see `edge_histograms`.
        seed: of the sample.
    """
    mirrored = in_mirror(histograms)
    with one_thread():
        reach = _reach(histograms, mirrored, np.random.default_rng(seed))
        straight, seen = (_within(histograms, other, reach) for other in (histograms, mirrored))
    first, second, distance = _joined([straight, seen])
    in_a_mirror = np.arange(len(first)) >= len(straight[0])
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
        ranked = np.partition(alike, -rank - 1, axis=1)[:, -rank - 1]  # one is the image itself, if it is in the sample
        reach[start : start + _ROWS] = np.minimum(FARTHEST, 1 - ranked)
    return reach


def _within(histograms: Floats, others: Floats, reach: Floats) -> Pairs:
    """Return rows i < j and their distance where it is within the reach of both."""
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
    for first, second in _near_in_some_directions(histograms, others, reach):
        for start in range(0, len(first), _COMPARED):
            one, other = first[start : start + _COMPARED], second[start : start + _COMPARED]
            distance = np.asarray(1 - np.einsum("ij,ij->i", histograms[one], others[other]), np.float32)
            kept = distance < np.minimum(reach[one], reach[other])
            found.append((one[kept], other[kept], distance[kept]))
    return _joined(found)


def _joined(pairs: Sequence[Pairs]) -> Pairs:
    first, second, distance = ([each[column] for each in pairs] for column in range(3))
    return np.concatenate(first), np.concatenate(second), np.concatenate(distance)


def _near_in_some_directions(histograms: Floats, others: Floats, reach: Floats) -> Iterator[tuple[Rows, Rows]]:
    """Yield rows i < j, block by block, whose distance within a few directions is in the reach of the first."""
    asked, against = _projected(histograms, others)
    for start in range(0, len(histograms), _ROWS):
        least = -reach[start : start + _ROWS, None]
        for place in range(start, len(histograms), _COLUMNS):
            near = asked[start : start + _ROWS] @ against[:, place : place + _COLUMNS] > least
            first, second = np.divmod(np.flatnonzero(near), near.shape[1])
            first, second = first + start, second + place
            yield first[first < second], second[first < second]


def _projected(histograms: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Return (n, 48) and (48, n), whose product is half of the negative squared distance within a few directions."""
    centre = histograms.mean(axis=0)
    step = max(1, len(histograms) // FITTED_ON)
    vectors = np.linalg.eigh(np.cov((histograms[::step] - centre).T, ddof=0))[1][:, -DIRECTIONS:].astype(np.float32)
    (one, own), (two, their) = (_with_lengths((each - centre) @ vectors) for each in (histograms, others))
    ones = np.ones_like(own)
    return np.hstack([one, own, ones]), np.ascontiguousarray(np.hstack([two, ones, their]).T)


def _with_lengths(vectors: Floats) -> tuple[Floats, Floats]:
    return vectors, np.asarray(-0.5 * (vectors**2).sum(axis=1, keepdims=True), np.float32)


def _tenth(first: Rows, second: Rows, distance: Floats, reach: Floats) -> Floats:
    """Return (n,): the distance of each image's tenth neighbour, of the last one's reach where fewer are known."""
    owner, value = np.concatenate([first, second]), np.tile(distance, 2)
    order = np.lexsort((value, owner))
    starts = np.searchsorted(owner[order], np.arange(len(reach) + 1))
    enough = np.flatnonzero(np.diff(starts) >= CROWD)
    tenth = reach.copy()
    tenth[enough] = value[order[starts[enough] + CROWD - 1]]
    return tenth
