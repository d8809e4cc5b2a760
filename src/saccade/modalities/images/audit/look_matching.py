"""Copies of whole images: re-encoded, resized, mirrored, in other light. Looks that are alike, pixels that agree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.blas import one_thread
from saccade.modalities.images.audit import hashing
from saccade.modalities.images.audit.comparing import unexplained_pairs
from saccade.modalities.images.audit.largest import largest

COPY = 0.06
"""Left unexplained (see `comparing`) of a copy, however many images look alike: seven in ten re-encoded digits stay
below, and of 70,000 different digits no pair does."""

LIKENESS = 0.5
"""The most that is left of any duplicate: in CIFAR-10, half of the pairs beyond are two images of one sea."""

CROWD = 5
"""An image's fifth nearest tells how much look-alikes of its kind differ: of ones and trousers less than of dogs."""

CLEARLY = 0.4
"""A duplicate leaves less than this part of what the fifth nearest leaves. At .5, 177 pairs of MNIST's 70,000 digits
would be duplicates, which they are not; at .4 it is 22, and still no copy of an image is lost. More than five
look-alikes of one thing, as of the white car in CIFAR-10, are a crowd to each other: only close copies among them
are duplicates."""

UNLIKE = 0.8
"""Correlation of the looks below which a pair is not compared pixel by pixel."""

PROMISING, VERY_NEAR = 0.8, 0.25
"""Pairs are compared pixel by pixel if their looks are nearer than this part of how near the fifth nearest is, or very
near: six exposures of one image, of which some are clipped, are a crowd to each other."""

SAMPLE = 20_000
"""Images among which the crowd is looked for again."""

TRIED, SELDOM, OF_SELDOM = 300, 0.015, 0.8
"""Images from which it is learnt how much the fifth nearest leaves seldom, and how much of that a duplicate leaves at
most. Of thousands of simple shapes some are alike by chance: of 24 pairs of MNIST's digits, no two of one stroke, it
leaves out 15, of photos hardly any."""

PRODUCTS = 200_000_000
"""Looks compared for that at most: two seconds."""

_AT_ONCE = 1024  # pairs: 2 MB
_ASKED_AT_ONCE = 200  # images: 16 MB

Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Near = tuple[Rows, Rows, Floats, Bools]


@dataclass(frozen=True)
class _Pairs:
    """Pairs of images that may be duplicates.

    Attributes:
        first: (m,), places among the images that are searched.
        second: (m,), larger than `first`.
        mirrored: (m,), whether the second is seen in a mirror.
        apart: (m,), how far their looks are apart: what one leaves of the other, in standard deviations.
    """

    first: Rows
    second: Rows
    mirrored: Bools
    apart: Floats


def matched_by_looks(
    images: NDArray[np.uint8], looks: NDArray[np.float16], rows: Rows, *, seed: int = 0, quiet: bool = True
) -> Near:
    """Return first and second row, what is left unexplained, and mirroring of the pairs that are copies of one image.

    Of 70,000 images of 28 pixels some 5 seconds of one core.

    Args:
        images: (n, h, w, c), uint8.
        looks: (n, 16, 16), see `Measures`.
        rows: (m,), those to search among, without blank ones and exact duplicates.
        seed: of the hash.
        quiet: no progress bar.
    """
    with one_thread():
        pairs = _candidates(looks[rows], seed)
    first, second = rows[pairs.first], rows[pairs.second]
    distance = np.full(len(first), np.inf, np.float32)

    def compare(which: Bools) -> None:
        asked = np.flatnonzero(which)
        distance[asked] = unexplained_pairs(images, first[asked], second[asked], pairs.mirrored[asked], quiet=quiet)

    compare(_promising(pairs, len(rows)))
    for owner in (first, second):  # the crowd is to be known of images that may have a duplicate
        concerned = np.zeros(len(images), np.bool_)
        concerned[owner[_passing(first, second, distance, len(images))]] = True
        compare(np.isinf(distance) & (concerned[first] | concerned[second]))
    duplicate = (distance < COPY) | _passing(first, second, distance, len(images))
    # the hash may have missed what is in the crowd: ask again, of those that passed only
    passed = np.flatnonzero(duplicate & (distance >= COPY))
    limit = _limit_in_sample(images, looks, rows, first[passed], second[passed], seed, quiet=quiet)
    duplicate[passed] = distance[passed] < np.maximum(COPY, limit)
    return first[duplicate], second[duplicate], distance[duplicate], pairs.mirrored[duplicate]


def _passing(first: Rows, second: Rows, distance: Floats, count: int) -> Bools:
    """Return (m,), whether a pair is no mere copy, and clearly nearer than the crowd of both as far as it is known."""
    limit = _limit(_crowd(first, second, distance, count), first, second)
    return np.asarray((distance >= COPY) & (distance < limit))


def _promising(pairs: _Pairs, count: int) -> Bools:
    """Return (m,), whether a pair is clearly nearer than the crowd, by looks, or very near."""
    crowd = _crowd(pairs.first, pairs.second, pairs.apart, count)
    limit = PROMISING * np.minimum(crowd[pairs.first], crowd[pairs.second])
    return np.asarray(pairs.apart < np.maximum(VERY_NEAR, limit))


def _candidates(looks: NDArray[np.float16], seed: int) -> _Pairs:
    """Return pairs i < j that may be duplicates: each image's nearest few by hash and look."""
    count = len(looks)
    if count < 2:
        return _Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.float32))
    normed = hashing.normed(looks)
    hasher = hashing.fit(normed, seed=seed)
    bits = np.concatenate([hasher.bits(normed), hasher.bits(normed, mirrored=True)])
    one, other = hashing.near_pairs(bits, asked=count)  # two mirror images say nothing that the two images do not
    mirrored = other >= count
    first, second = np.minimum(one, other % count), np.maximum(one, other % count)
    keep = first < second  # a symmetric image is its own mirror image
    keys = hashing.distinct((first[keep] * count + second[keep]) * 2 + mirrored[keep])
    first, second, mirrored = keys // 2 // count, keys // 2 % count, keys % 2 == 1
    alike = _alike(normed, first, second, mirrored)
    nearest = _nearest(first, second, alike, count)
    apart = np.sqrt(np.maximum(0, 1 - alike[nearest] ** 2))
    return _Pairs(first[nearest], second[nearest], mirrored[nearest], apart)


def _alike(normed: Floats, first: Rows, second: Rows, mirrored: Bools) -> Floats:
    """Return the correlation of two looks, pair by pair."""
    result = np.empty(len(first), np.float32)
    turned = hashing.in_mirror(np.arange(normed.shape[1], dtype=np.int64)[:, None])[:, 0]
    for start in range(0, len(first), _AT_ONCE):
        split = slice(start, start + _AT_ONCE)
        other, flipped = normed[second[split]], np.flatnonzero(mirrored[split])
        other[flipped] = other[flipped][:, turned]
        result[split] = np.einsum("ij,ij->i", normed[first[split]], other)
    return result


def _nearest(first: Rows, second: Rows, alike: Floats, count: int) -> Rows:
    """Return the pairs that are among the nearest few of one of their two images."""
    kept = np.flatnonzero(alike > UNLIKE)
    owner, pair = np.concatenate([first[kept], second[kept]]), np.tile(kept, 2)
    order, place = _ranked(owner, np.maximum(0, 1 - alike[pair]), count)
    return hashing.distinct(pair[order[place < CROWD]])


def _ranked(owner: Rows, value: Floats, count: int) -> tuple[Rows, Rows]:
    """Return an order by owner and value, and in that order each one's place within its owner's, from 0.

    Values are not negative, so that their bits are in the order of the values: one sort of whole numbers does.
    """
    bits = np.ascontiguousarray(value, np.float32).view(np.uint32)
    order = np.argsort(owner.astype(np.uint64) << np.uint64(32) | bits, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(count))
    return order, np.arange(len(order)) - starts[owner[order]]


def _limit(crowd: Floats, first: Rows, second: Rows) -> Floats:
    """Return the distance below which each pair is one of duplicates, given how far away the crowd of each image is."""
    return np.minimum(LIKENESS, CLEARLY * np.minimum(crowd[first], crowd[second]))


def _crowd(first: Rows, second: Rows, distance: Floats, count: int) -> Floats:
    """Return (count,): the distance of each image's fifth nearest, infinite where fewer are known."""
    owner, value = np.concatenate([first, second]), np.tile(distance, 2)
    order, place = _ranked(owner, value, count)
    fifth = order[place == CROWD - 1]
    crowd = np.full(count, np.inf, np.float32)
    crowd[owner[fifth]] = value[fifth]
    return crowd


def _limit_in_sample(
    images: NDArray[np.uint8],
    looks: NDArray[np.float16],
    alone: Rows,
    first: Rows,
    second: Rows,
    seed: int,
    *,
    quiet: bool,
) -> Floats:
    """Return `_limit` by a sample of all images, and by how near the crowd seldom is of any of them."""
    if not len(first):
        return np.empty(0, np.float32)
    tried = np.random.default_rng(seed + 1).permutation(alone)[:TRIED]
    asked = np.unique(np.concatenate([first, second, tried]))
    crowd = _crowd_in_sample(images, looks, alone, asked, seed, quiet=quiet)
    seldom = float(np.quantile(crowd[tried], SELDOM, method="lower"))  # of few images it is infinite
    return np.minimum(_limit(crowd, first, second), np.float32(OF_SELDOM * seldom))


def _crowd_in_sample(
    images: NDArray[np.uint8], looks: NDArray[np.float16], alone: Rows, asked: Rows, seed: int, *, quiet: bool
) -> Floats:
    """Return `_crowd` of the images asked about, among a random sample of all images, by their looks.

    Costs 10 ns for each image asked about and image of the sample, of which there are fewer when many are asked.
    """
    crowd = np.full(len(images), np.inf, np.float32)
    size = min(SAMPLE, max(1000, PRODUCTS // max(1, len(asked))))
    sample = np.sort(np.random.default_rng(seed).permutation(alone)[:size])
    wanted = min(2 * CROWD, len(sample))
    others, known = hashing.normed(looks[sample]), []
    with one_thread():
        for start in range(0, len(asked), _ASKED_AT_ONCE):
            alike = hashing.normed(looks[asked[start : start + _ASKED_AT_ONCE]]) @ others.T
            known.append(sample[largest(alike, wanted)])
    owner, other = np.repeat(asked, wanted), np.concatenate(known).ravel()
    owner, other = owner[owner != other], other[owner != other]
    distance = unexplained_pairs(images, owner, other, np.zeros(len(owner), np.bool_), quiet=quiet)
    order, place = _ranked(owner, distance, len(images))
    fifth = order[place == CROWD - 1]
    crowd[owner[fifth]] = distance[fifth]
    return crowd
