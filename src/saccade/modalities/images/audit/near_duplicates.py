"""Duplicates: images that show the very same thing, pixel by pixel or re-encoded, resized, mirrored, in other light."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from saccade.core.cache import cache_folder, remembered
from saccade.modalities.images.audit.edge_matching import matched_by_edges
from saccade.modalities.images.audit.look_matching import matched_by_looks
from saccade.modalities.images.audit.measuring import Measures, image_bytes, measure
from saccade.modalities.images.audit.registering import unexplained_overlaps

LEAST_SIDE = 16
"""Images of fewer pixels a side are too coarse to tell a copy from a look-alike: 20% of scikit-learn's 8×8 digits
would have a near duplicate."""

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

VERSION = 4
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
        found = matched_by_looks(images, measures.looks, alone, seed=seed, quiet=quiet)
        found = _joined(found, matched_by_edges(images, alone, known=found[:2], seed=seed, quiet=quiet))
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
    """Return pairs as `matched_by_looks`: those whose features are alike, and whose pixels are where they overlap."""
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


def _first_equal(digests: NDArray[np.uint8]) -> Rows:
    whole = np.ascontiguousarray(digests).view(f"V{digests.shape[1]}")[:, 0]
    _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    return np.asarray(first[which], dtype=np.int64)
