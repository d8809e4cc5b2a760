"""Duplicates: images that show the very same thing, pixel by pixel or re-encoded, resized, mirrored, in other light."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from saccade.core.cache import cache_folder, remembered
from saccade.modalities.images.audit import hashing
from saccade.modalities.images.audit.comparing import unexplained_pairs
from saccade.modalities.images.audit.edge_matching import matched_by_edges
from saccade.modalities.images.audit.measuring import Measures, image_bytes, measure
from saccade.modalities.images.audit.registering import unexplained_overlaps

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

LEAST_SIDE = 16
"""Images of fewer pixels a side are too coarse to tell a copy from a look-alike: 20% of scikit-learn's 8×8 digits
would have a near duplicate."""

SAMPLE = 20_000
"""Images among which the crowd is looked for again."""

PRODUCTS = 200_000_000
"""Looks compared for that at most: two seconds."""

_AT_ONCE = 4096  # pairs: 10 MB
_ASKED_AT_ONCE = 500  # images: 40 MB
_READ_AT_ONCE = 16_000_000  # bytes of images

NEIGHBOURS = 3
"""A crop, shift or other exposure of an image is among its nearest by features; of six exposures of one scene each
finds its next ones, and so all are one group."""

ALIKE = 0.7
"""Cosine of features below which two images are not compared: of crops to three quarters of the side 19 in 20 are
above, of random pairs of photos of waste 1 in 500."""

ALIKE_MIRRORED, CERTAIN_MIRRORED = 0.8, 0.2
"""Cosine above which one of two images is also looked at in a mirror, which takes as long again, and what may be left
of it then. Of TrashNet's photos and of potato leaves no pair is below; of crops in a mirror more than half are."""

CERTAIN, LIKELY, VERY_ALIKE = 0.15, 0.3, 0.9
"""What may be left unexplained of an overlap; the second, where the cosine is above the third. Of TrashNet's 2,527
photos 16 pairs are below the first and 16 more below the second: by eye each is one thing photographed twice from one
place. Of 450 potato leaves no pair is. Of crops, shifts by a tenth and darker copies 98 in 100 are."""

MOST_COMPARED = 20_000
"""Images up to which features are compared all with all: 20 seconds on one core."""

VERSION = 3
"""Raised when the same images would get other duplicates, so that remembered ones are not used."""

WORTH_REMEMBERING = 2000
"""Images; among fewer, duplicates are found in a moment."""

Rows = NDArray[np.int64]
Near = tuple[Rows, Rows, NDArray[np.float32], NDArray[np.bool_]]


@dataclass(frozen=True)
class NearDuplicates:
    """Which images show the very same thing.

    Attributes:
        exact: (n,), int64: the first row with equal decoded pixels; the row itself when there is none before.
        files: (n,), int64: the first row with the same file content; None when the data were no files.
        first: (m,), int64: rows of near duplicates, first rows of their exact duplicates.
        second: (m,), int64, larger than `first`.
        distance: (m,), float32: what is left unexplained, 0 to 0.5.
        mirrored: (m,), bool: duplicates only in a mirror.
    """

    exact: Rows
    files: Rows | None
    first: Rows
    second: Rows
    distance: NDArray[np.float32]
    mirrored: NDArray[np.bool_]

    @cached_property
    def groups(self) -> Rows:
        """(n,), a number a row, equal for all images that are duplicates of each other, directly or through others."""
        count = len(self.exact)
        start = np.concatenate([np.arange(count), self.first])
        end = np.concatenate([self.exact, self.second])
        graph = coo_array((np.ones(len(start), np.bool_), (start, end)), shape=(count, count))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def near_duplicate_groups(
    images: NDArray[np.uint8], *, vectors: NDArray[np.floating] | None = None, seed: int = 0, quiet: bool = False
) -> Rows:
    """Return a number a row, equal for duplicates: a split that keeps these groups together leaks none of them.

    Of many images it is remembered in the user's cache, by their content.

    Args:
        images: (n, h, w, c), uint8.
        vectors: (n, d), their features, as for `find_duplicates`.
        seed: of the hash.
        quiet: no progress bar.
    """

    def compute() -> dict[str, Rows]:
        found = find_duplicates(images, measure(images, quiet=quiet), vectors=vectors, seed=seed, quiet=quiet)
        return {"groups": found.groups}

    if len(images) < WORTH_REMEMBERING:
        return compute()["groups"]
    memory = cache_folder("duplicates") / f"groups-{_content_key(images, vectors, seed)}.npz"
    return np.asarray(remembered(memory, compute)["groups"], np.int64)


def _content_key(images: NDArray[np.uint8], vectors: NDArray[np.floating] | None, seed: int) -> str:
    digest = hashlib.sha256(f"{VERSION} {seed} {images.shape} ".encode())
    at_once = max(1, _READ_AT_ONCE // image_bytes(images))
    for start in range(0, len(images), at_once):
        digest.update(np.ascontiguousarray(images[start : start + at_once]).data)
    if vectors is not None:
        digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()[:32]


def find_duplicates(
    images: NDArray[np.uint8],
    measures: Measures,
    *,
    digests: NDArray[np.uint8] | None = None,
    vectors: NDArray[np.floating] | None = None,
    seed: int = 0,
    quiet: bool = True,
) -> NearDuplicates:
    """Return exact and near duplicates among all images.

    Blank images and those under 16 pixels a side have exact duplicates only: they show too little to be alike. What was
    found is remembered in the user's cache by the content of the images: splitting, audit and evaluation ask alike.

    Args:
        images: (n, h, w, c), uint8.
        measures: of exactly these.
        digests: (n, 32), uint8, of the files they came from, if any.
        vectors: (n, d), what a pretrained network makes of them: with these, crops, shifts and other exposures are
            found too.
        seed: of the hash.
        quiet: no progress bar.
    """
    files = None if digests is None else _first_equal(digests)
    exact = _first_equal(measures.digests)
    fine = min(images.shape[1:3]) >= LEAST_SIDE
    alone = np.flatnonzero((exact == np.arange(len(exact))) & ~measures.blank & fine)

    def compute() -> Near:
        found = _near_duplicates(images, measures, alone, seed, quiet=quiet)
        found = _joined(found, matched_by_edges(images, alone, seed=seed, quiet=quiet))
        return found if vectors is None else _joined(found, _by_features(images, vectors, alone, quiet=quiet))

    if len(exact) < WORTH_REMEMBERING:
        return NearDuplicates(exact, files, *compute())
    memory = cache_folder("duplicates") / f"{_key(images, measures, vectors, seed)}.npz"
    names = ("first", "second", "distance", "mirrored")
    return NearDuplicates(exact, files, **remembered(memory, lambda: dict(zip(names, compute(), strict=True))))


def _key(images: NDArray[np.uint8], measures: Measures, vectors: NDArray[np.floating] | None, seed: int) -> str:
    digest = hashlib.sha256(f"{VERSION} {seed} {images.shape} ".encode() + measures.digests.tobytes())
    if vectors is not None:
        digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()[:32]


def _by_features(images: NDArray[np.uint8], vectors: NDArray[np.floating], alone: Rows, *, quiet: bool) -> Near:
    """Return pairs as `_near_duplicates`: those whose features are alike, and whose pixels are where they overlap."""
    first, second, alike = _neighbours(np.asarray(vectors[alone], np.float32))
    first, second, mirrored = alone[first], alone[second], np.zeros(len(first), np.bool_)
    left = unexplained_overlaps(images, first, second, mirrored, quiet=quiet)
    limit = np.where(alike > VERY_ALIKE, LIKELY, CERTAIN)
    # features hardly tell an image from its mirror image
    others = np.flatnonzero((left >= limit) & (alike > ALIKE_MIRRORED))
    seen = unexplained_overlaps(images, first[others], second[others], np.ones(len(others), np.bool_), quiet=quiet)
    limit[others] = CERTAIN_MIRRORED
    mirrored[others] = seen < CERTAIN_MIRRORED
    left[others] = np.where(mirrored[others], seen, left[others])
    same = left < limit
    return first[same], second[same], left[same], mirrored[same]


def _neighbours(vectors: NDArray[np.float32]) -> tuple[Rows, Rows, NDArray[np.float32]]:
    """Return rows i < j of which one is among the nearest of the other, and the cosine of their features."""
    count = len(vectors)
    wanted = min(NEIGHBOURS, count - 1)
    if wanted < 1 or count > MOST_COMPARED:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    normed = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    nearest, cosines = np.empty((count, wanted), np.int64), np.empty((count, wanted), np.float32)
    for start in range(0, count, _ASKED_AT_ONCE):
        asked = np.arange(start, min(count, start + _ASKED_AT_ONCE))
        alike = normed[asked] @ normed.T
        alike[np.arange(len(asked)), asked] = -1
        nearest[asked] = np.argpartition(-alike, wanted - 1, axis=1)[:, :wanted]
        cosines[asked] = np.take_along_axis(alike, nearest[asked], axis=1)
    owner, other, alike = np.repeat(np.arange(count), wanted), nearest.ravel(), cosines.ravel()
    keys = np.minimum(owner, other) * count + np.maximum(owner, other)
    keys, where = np.unique(keys[alike > ALIKE], return_index=True)
    return keys // count, keys % count, alike[alike > ALIKE][where]


def _joined(one: Near, other: Near) -> Near:
    """Return the pairs of both, each once."""
    first, second = np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])
    distance, mirrored = np.concatenate([one[2], other[2]]), np.concatenate([one[3], other[3]])
    kept = np.sort(np.unique(np.stack([first, second], axis=1), axis=0, return_index=True)[1])
    return first[kept], second[kept], distance[kept], mirrored[kept]


def _near_duplicates(images: NDArray[np.uint8], measures: Measures, alone: Rows, seed: int, *, quiet: bool) -> Near:
    """Return first and second row, distance and mirroring of the near duplicates, as in `NearDuplicates`."""
    first, second, mirrored = _candidates(measures.looks[alone], seed)
    first, second = alone[first], alone[second]
    distance = unexplained_pairs(images, first, second, mirrored, quiet=quiet)
    duplicate = distance < np.maximum(COPY, _limit(_crowd(first, second, distance, len(images)), first, second))
    # the hash may have missed what is in the crowd: ask again, of those that passed only
    passed = np.flatnonzero(duplicate & (distance >= COPY))
    crowd = _crowd_in_sample(
        images, measures.looks, alone, np.unique([first[passed], second[passed]]), seed, quiet=quiet
    )
    duplicate[passed] = distance[passed] < np.maximum(COPY, _limit(crowd, first[passed], second[passed]))
    return first[duplicate], second[duplicate], distance[duplicate], mirrored[duplicate]


def _first_equal(digests: NDArray[np.uint8]) -> Rows:
    whole = np.ascontiguousarray(digests).view(f"V{digests.shape[1]}")[:, 0]
    _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    return np.asarray(first[which], dtype=np.int64)


def _candidates(looks: NDArray[np.float16], seed: int) -> tuple[Rows, Rows, NDArray[np.bool_]]:
    """Return rows i < j that may be duplicates, and whether in a mirror: each image's nearest few by hash and look."""
    count = len(looks)
    if count < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_)
    hasher = hashing.fit(looks, seed=seed)
    bits = np.concatenate([hasher.bits(looks), hasher.bits(looks[:, :, ::-1])])
    one, other = hashing.near_pairs(bits)
    mirrored = (one < count) != (other < count)
    first, second = np.minimum(one % count, other % count), np.maximum(one % count, other % count)
    # a symmetric image is its own mirror image; two mirror images say nothing that the two images do not
    keep = (first < second) & ((one < count) | (other < count))
    keys = hashing.distinct((first[keep] * count + second[keep]) * 2 + mirrored[keep])
    first, second, mirrored = keys // 2 // count, keys // 2 % count, keys % 2 == 1
    nearest = _nearest(first, second, _alike(looks, first, second, mirrored), count)
    return first[nearest], second[nearest], mirrored[nearest]


def _alike(looks: NDArray[np.float16], first: Rows, second: Rows, mirrored: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the correlation of two looks, pair by pair."""
    normed = hashing.normed(looks).reshape(looks.shape)
    result = np.empty(len(first), np.float32)
    for start in range(0, len(first), _AT_ONCE):
        split = slice(start, start + _AT_ONCE)
        other = normed[second[split]]
        other = np.where(mirrored[split, None, None], other[:, :, ::-1], other)
        result[split] = np.einsum("nij,nij->n", normed[first[split]], other)
    return result


def _nearest(first: Rows, second: Rows, alike: NDArray[np.float32], count: int) -> Rows:
    """Return the pairs that are among the nearest few of one of their two images."""
    kept = np.flatnonzero(alike > UNLIKE)
    owner, pair = np.concatenate([first[kept], second[kept]]), np.tile(kept, 2)
    order, place = _ranked(owner, -alike[pair], count)
    return hashing.distinct(pair[order[place < CROWD]])


def _ranked(owner: Rows, value: NDArray[np.float32], count: int) -> tuple[Rows, Rows]:
    """Return an order by owner and value, and in that order each one's place within its owner's, from 0."""
    order = np.lexsort((value, owner))
    starts = np.searchsorted(owner[order], np.arange(count))
    return order, np.arange(len(order)) - starts[owner[order]]


def _limit(crowd: NDArray[np.float32], first: Rows, second: Rows) -> NDArray[np.float32]:
    """Return the distance below which each pair is one of duplicates, given how far away the crowd of each image is."""
    return np.minimum(LIKENESS, CLEARLY * np.minimum(crowd[first], crowd[second]))


def _crowd(first: Rows, second: Rows, distance: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return (count,): the distance of each image's fifth nearest, infinite where fewer are known."""
    owner, value = np.concatenate([first, second]), np.tile(distance, 2)
    order, place = _ranked(owner, value, count)
    fifth = order[place == CROWD - 1]
    crowd = np.full(count, np.inf, np.float32)
    crowd[owner[fifth]] = value[fifth]
    return crowd


def _crowd_in_sample(
    images: NDArray[np.uint8], looks: NDArray[np.float16], alone: Rows, asked: Rows, seed: int, *, quiet: bool
) -> NDArray[np.float32]:
    """Return `_crowd` of the images asked about, among a random sample of all images, by their looks.

    Costs 10 ns for each image asked about and image of the sample, of which there are fewer when many are asked.
    """
    crowd = np.full(len(images), np.inf, np.float32)
    if not len(asked):
        return crowd
    size = min(SAMPLE, max(1000, PRODUCTS // max(1, len(asked))))
    sample = np.sort(np.random.default_rng(seed).permutation(alone)[:size])
    wanted = min(2 * CROWD, len(sample))
    others, known = hashing.normed(looks[sample]), []
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        alike = hashing.normed(looks[asked[start : start + _ASKED_AT_ONCE]]) @ others.T
        known.append(sample[np.argpartition(-alike, wanted - 1, axis=1)[:, :wanted]])
    owner, other = np.repeat(asked, wanted), np.concatenate(known).ravel()
    owner, other = owner[owner != other], other[owner != other]
    distance = unexplained_pairs(images, owner, other, np.zeros(len(owner), np.bool_), quiet=quiet)
    order, place = _ranked(owner, distance, len(images))
    fifth = order[place == CROWD - 1]
    crowd[owner[fifth]] = distance[fifth]
    return crowd
