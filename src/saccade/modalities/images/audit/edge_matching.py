"""Crops, shifts and other exposures found without a pretrained network: edges that run alike, pixels that agree."""

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.audit.edge_histograms import Floats, edge_histograms
from saccade.modalities.images.audit.edge_neighbours import CROWD, edge_neighbours
from saccade.modalities.images.audit.largest import largest
from saccade.modalities.images.audit.registering import NOTHING, unexplained_overlaps

LEAST_SIDE = 32
"""Pixels a side below which edges are too coarse: of 70,000 digits of 28 pixels 1,400 pairs would be below `ALIKE`."""

MOST_SEARCHED = 100_000
"""Images up to which all are compared with all: a minute and a half on one core."""

ALIKE = 0.35
"""The most that is left of an overlap. Of CIFAR-10's pairs from .25 on, 7 of 80 are by eye two things that look alike,
of those below none; beyond they get many."""

LOOK_ALIKES, CLEARLY = 3, 0.4
"""A duplicate leaves less than this part of what is left of its look-alikes, so many after the ten nearest by edges. Of
TrashNet's photos 32 pairs do, by eye each one thing; of 40 others below `ALIKE`, caps and pale papers, three in four
are two things."""

SAMPLE, SELDOM, OF_SELDOM = 300, 0.015, 0.7
"""Images from which it is learnt what is left of look-alikes anywhere in the data, and how much of what is seldom less
a duplicate leaves at most. Of photos that is about `ALIKE`; of strokes, digits and clothes a third, for of thousands of
simple shapes some are alike by chance."""

COMPARED = 0.1
"""Pairs compared pixel by pixel, for each image, the clearest first; at least `LEAST_COMPARED`. Bounds the time."""

LEAST_COMPARED = 1000

_PRODUCTS_AT_ONCE = 4_000_000  # 16 MB

Rows = NDArray[np.int64]
Near = tuple[Rows, Rows, NDArray[np.float32], NDArray[np.bool_]]


def matched_by_edges(
    images: NDArray[np.uint8], rows: Rows, *, known: tuple[Rows, Rows] | None = None, seed: int = 0, quiet: bool = True
) -> Near:
    """Return first and second row, what is left unexplained, and mirroring of the pairs that show one thing.

    Of 60,000 images of 32 pixels some 15 seconds of one core.

    Args:
        images: (n, h, w, c), uint8; of less than 32 pixels a side no pair is returned.
        rows: (m,), those to search among, without blank ones and exact duplicates.
        known: first and second row of pairs that need not be looked at, first < second.
        seed: of the samples.
        quiet: no progress bar.
    """
    if min(images.shape[1:3]) < LEAST_SIDE or not 2 <= len(rows) <= MOST_SEARCHED:
        return rows[:0], rows[:0], np.empty(0, np.float32), np.empty(0, np.bool_)
    histograms = edge_histograms(images, rows, quiet=quiet)
    found = edge_neighbours(histograms, seed=seed)
    clearest = np.argsort(found.clearness, kind="stable")
    if known is not None:  # so that very many copies leave time for others
        clearest = clearest[~_among(rows[found.first[clearest]], rows[found.second[clearest]], known, len(images))]
    clearest = np.sort(clearest[: max(LEAST_COMPARED, int(COMPARED * len(rows)))])
    clearest = clearest[np.argsort(found.first[clearest], kind="stable")]  # those of one image are compared together
    asked, mirrored = np.stack([found.first[clearest], found.second[clearest]]), found.mirrored[clearest]
    first, second = rows[asked]
    left = unexplained_overlaps(images, first, second, mirrored, quiet=quiet)
    alike = np.flatnonzero(left < ALIKE)
    same = alike[left[alike] < _limit(images, rows, histograms, asked[:, alike], seed, quiet=quiet)]
    return first[same], second[same], left[same], mirrored[same]


def _among(first: Rows, second: Rows, known: tuple[Rows, Rows], count: int) -> NDArray[np.bool_]:
    return np.isin(first * count + second, known[0] * count + known[1])


def _limit(images: NDArray[np.uint8], rows: Rows, histograms: Floats, asked: Rows, seed: int, *, quiet: bool) -> Floats:
    """Return (m,): below what each pair (2, m) of places of rows is one thing, by look-alikes of both and of all."""
    if not asked.size:
        return np.empty(0, np.float32)
    sample = np.random.default_rng(seed).permutation(len(rows))[:SAMPLE]
    places = np.concatenate([asked.ravel(), sample])
    left = _left_of_look_alikes(images, rows, histograms, places, quiet=quiet)
    own = left[: asked.size].reshape(asked.shape).min(axis=0)
    seldom = float(np.quantile(left[asked.size :], SELDOM))
    return np.asarray(np.minimum(CLEARLY * own, OF_SELDOM * seldom), np.float32)


def _left_of_look_alikes(
    images: NDArray[np.uint8], rows: Rows, histograms: Floats, asked: Rows, *, quiet: bool
) -> Floats:
    """Return (m,), for places of rows (m,): the least that is left of other things of their kind."""
    places, which = np.unique(asked, return_inverse=True)
    others = _look_alikes(histograms, places)
    owner, straight = np.repeat(places, others.shape[1]), np.zeros(others.size, np.bool_)
    left = unexplained_overlaps(images, rows[owner], rows[others.ravel()], straight, quiet=quiet)
    return np.asarray(left.reshape(others.shape).min(axis=1, initial=NOTHING)[which])


def _look_alikes(histograms: Floats, places: Rows) -> Rows:
    """Return (m, 3): those whose edges are most alike, but for the ten nearest, which may be of the same thing."""
    last = min(CROWD + LOOK_ALIKES, len(histograms) - 1)
    found = [np.empty((0, max(0, last - CROWD)), np.int64)]
    at_once = max(16, _PRODUCTS_AT_ONCE // len(histograms))
    for start in range(0, len(places), at_once):
        alike = histograms[places[start : start + at_once]] @ histograms.T
        found.append(largest(alike, last + 1)[:, CROWD + 1 :])  # one is the image itself
    return np.concatenate(found)
