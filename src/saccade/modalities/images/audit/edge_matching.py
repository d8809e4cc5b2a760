"""Crops, shifts and other exposures found without a pretrained network: edges that run alike, pixels that agree."""

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.audit.edge_histograms import Floats, edge_histograms
from saccade.modalities.images.audit.edge_neighbours import CROWD, edge_neighbours
from saccade.modalities.images.audit.registering import unexplained_overlaps

LEAST_SIDE = 32
"""Pixels a side below which edges are too coarse: of 70,000 digits of 28 pixels 1,400 pairs would be below `ALIKE`."""

MOST_SEARCHED = 100_000
"""Images up to which all are compared with all: half a minute on one core."""

ALIKE = 0.35
"""The most that is left of an overlap. Of CIFAR-10's pairs from .25 on, 7 of 80 are by eye two things that look alike,
of those below none; beyond .35 they get many."""

LOOK_ALIKES, SELDOM, OF_SELDOM = 500, 0.005, 0.7
"""Images whose look-alikes are compared, too, to learn what is left of two different things: duplicates leave less than
this part of what one pair in 200 stays below. Of photos that is more than `ALIKE`, of digits and clothes a third."""

COMPARED = 0.1
"""Pairs compared pixel by pixel, for each image, the clearest first; at least `LEAST_COMPARED`. Bounds the time."""

LEAST_COMPARED = 1000

Rows = NDArray[np.int64]
Near = tuple[Rows, Rows, NDArray[np.float32], NDArray[np.bool_]]


def matched_by_edges(images: NDArray[np.uint8], rows: Rows, *, seed: int = 0, quiet: bool = True) -> Near:
    """Return first and second row, what is left unexplained, and mirroring of the pairs that show one thing.

    Of CIFAR-10's 60,000 images 20 seconds of one core.

    Args:
        images: (n, h, w, c), uint8; of less than 32 pixels a side no pair is returned.
        rows: (m,), those to search among, without blank ones and exact duplicates.
        seed: of the samples.
        quiet: no progress bar.
    """
    if min(images.shape[1:3]) < LEAST_SIDE or not 2 <= len(rows) <= MOST_SEARCHED:
        return rows[:0], rows[:0], np.empty(0, np.float32), np.empty(0, np.bool_)
    histograms = edge_histograms(images, rows, quiet=quiet)
    found = edge_neighbours(histograms, seed=seed)
    clearest = np.argsort(found.clearness, kind="stable")[: max(LEAST_COMPARED, int(COMPARED * len(rows)))]
    first, second, mirrored = rows[found.first[clearest]], rows[found.second[clearest]], found.mirrored[clearest]
    left = unexplained_overlaps(images, first, second, mirrored, quiet=quiet)
    same = left < min(ALIKE, _left_of_look_alikes(images, rows, histograms, seed, quiet=quiet))
    return first[same], second[same], left[same], mirrored[same]


def _left_of_look_alikes(images: NDArray[np.uint8], rows: Rows, histograms: Floats, seed: int, *, quiet: bool) -> float:
    """Return what is seldom left of two different things of one kind: of images and those after their ten nearest."""
    if len(rows) < 2 * CROWD:
        return ALIKE
    asked = np.sort(np.random.default_rng(seed).permutation(len(rows))[:LOOK_ALIKES])
    alike = histograms[asked] @ histograms.T
    others = np.argpartition(-alike, CROWD + 1, axis=1)[:, CROWD + 1]  # the image itself is the nearest
    straight = np.zeros(len(asked), np.bool_)
    left = unexplained_overlaps(images, rows[asked], rows[others], straight, quiet=quiet)
    return OF_SELDOM * float(np.quantile(left, SELDOM))
