"""Perceptual hashes: images that look alike differ in few bits, and duplicates are found without comparing all pairs.

The hash of an image is made of its 16×16 grey look, with mean and contrast taken out. It is projected on the 32
directions in which the images of this data set differ most, each scaled to variance 1, and each bit says on which
side of a random plane the result lies. Planes go through the medians, so every bit is 1 for half of the images. A
fixed DCT hash would say nothing about digits on black: most of its bits would be equal for all.

Search is multi-index hashing (Norouzi et al. 2012). The hash is cut into 8 bands; two hashes that differ in at most 7
bits agree in one band at least (pigeonhole). Rows are sorted once a band, by that band and the next ones, and each is
compared with at most 32 rows after it that agree in the band. Cost: 8 sorts, at most 8·32·n comparisons of a few words,
memory a few numbers a row; bands get wider with n, so that chance agreements a row do not become more.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

BANDS = 8
LEAST_WIDTH = 16  # bits a band: 65,536 buckets
DIRECTIONS = 32  # directions of greatest variance; the later ones are noise from re-encoding
FITTED_ON = 5_000  # images; enough for a 256 × 256 covariance
WINDOW = 32
"""Rows compared with each row in a band. Only thousands of look-alikes fill a bucket further, and duplicates sort side
by side, because their other bands agree too."""
NEAR = 24 / 128
"""Part of the bits in which a candidate may differ: unrelated images differ in half, re-encoded ones in 1 to 10%."""

_AT_ONCE = 1024  # looks: 1 MB

Rows = NDArray[np.int64]
Number = TypeVar("Number", np.float32, np.int64)


@dataclass(frozen=True)
class Hasher:
    """Planes fitted to one data set.

    Attributes:
        centre: (256,), float32: the mean look.
        planes: (256, bits), float32.
        medians: (bits,), float32: half of the images lie above.
    """

    centre: NDArray[np.float32]
    planes: NDArray[np.float32]
    medians: NDArray[np.float32]

    def bits(self, looks: NDArray[np.float32], *, mirrored: bool = False) -> NDArray[np.bool_]:
        """Return (n, bits) of normed looks (n, 256), or of these in a mirror."""
        limits = self.medians + self.centre @ self.planes
        planes = in_mirror(self.planes) if mirrored else self.planes
        blocks = [looks[start : start + _AT_ONCE] @ planes > limits for start in range(0, len(looks), _AT_ONCE)]
        return np.concatenate([np.empty((0, planes.shape[1]), np.bool_), *blocks])


def in_mirror(columns: NDArray[Number]) -> NDArray[Number]:
    """Return (256, m), each column a look, in a mirror."""
    side = round(len(columns) ** 0.5)
    return columns.reshape(side, side, -1)[:, ::-1].reshape(columns.shape)


def fit(looks: NDArray[np.float32], *, seed: int = 0) -> Hasher:
    """Return the hash for a data set, from a seeded sample of its normed looks (n, 256)."""
    rng = np.random.default_rng(seed)
    sample = looks[np.sort(rng.permutation(len(looks))[:FITTED_ON])]
    centre = sample.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((sample - centre).T, ddof=0))
    # few images span few directions; whitening the others would blow up noise
    kept = min(DIRECTIONS, max(4, len(sample) // 8))
    white = vectors[:, -kept:] / np.sqrt(values[-kept:] + 1e-9)
    planes = (white @ rng.normal(size=(kept, BANDS * _width(len(looks))))).astype(np.float32)
    return Hasher(centre, planes, np.median((sample - centre) @ planes, axis=0))


def _width(rows: int) -> int:
    return max(LEAST_WIDTH, int(np.ceil(np.log2(max(rows, 1)))))


def normed(looks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (n, 256), of looks (n, 16, 16), of mean 0 and length 1: brightness and contrast do not count."""
    result = np.empty((len(looks), int(np.prod(looks.shape[1:]))), np.float32)
    for start in range(0, len(looks), _AT_ONCE):
        flat = result[start : start + _AT_ONCE]
        flat[:] = looks[start : start + _AT_ONCE].reshape(flat.shape)
        flat -= flat.mean(axis=1, keepdims=True)
        flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return result


def near_pairs(bits: NDArray[np.bool_], *, asked: int | None = None) -> tuple[Rows, Rows]:
    """Return the rows i < j whose hashes differ in few bits, each pair once.

    All pairs that differ in at most 7 bits are among them, unless more than 32 rows agree in their common band.

    Args:
        bits: (n, bits), a multiple of 8 bits.
        asked: only pairs of which i is below this.
    """
    words, keys = _words(bits), _keys(bits)
    most = int(NEAR * bits.shape[1])
    last = len(bits) * (len(bits) if asked is None else asked)
    found = [pairs[pairs < last] for pairs in (_in_band(words, keys, band, most) for band in range(BANDS))]
    pairs = distinct(np.concatenate(found))
    return pairs // len(bits), pairs % len(bits)


def distinct(numbers: Rows) -> Rows:
    """Return each number once, in order: for millions of them ten times as fast as np.unique with its hash table."""
    ordered = np.sort(numbers)
    return np.asarray(ordered[np.diff(ordered, prepend=-1) != 0], dtype=np.int64)


def _in_band(words: NDArray[np.uint64], keys: NDArray[np.uint32], band: int, most: int) -> Rows:
    """Return i·n + j of the near pairs that agree in a band."""
    order = np.argsort(_leading(keys, band), kind="stable")
    key, word = keys[order, band], words[order]
    found = [np.empty(0, np.int64)]
    at = np.arange(len(order))
    for step in range(1, WINDOW + 1):
        at = at[: np.searchsorted(at, len(order) - step)]
        at = at[key[at] == key[at + step]]  # sorted by key: who disagrees with one disagrees with all later
        if not len(at):
            break
        apart = np.bitwise_count(word[at] ^ word[at + step]).sum(axis=1)
        close = at[apart <= most]
        first, second = order[close], order[close + step]
        found.append(np.minimum(first, second) * len(order) + np.maximum(first, second))
    return np.concatenate(found)


def _leading(keys: NDArray[np.uint32], band: int) -> NDArray[np.uint64]:
    """Return (n,): a band and as many of those after it as 64 bits hold, as one number."""
    width = max(LEAST_WIDTH, int(keys.max(initial=0)).bit_length())
    leading = np.zeros(len(keys), np.uint64)
    for later in range(64 // width):
        leading = leading << np.uint64(width) | keys[:, (band + later) % BANDS].astype(np.uint64)
    return leading


def _words(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    bytes_ = np.packbits(bits, axis=1)
    return np.pad(bytes_, ((0, 0), (0, -bytes_.shape[1] % 8))).view(np.uint64)


def _keys(bits: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return (n, 8): the bits of each band as one number."""
    width = bits.shape[1] // BANDS
    weights = (1 << np.arange(width)).astype(np.uint32)
    return np.stack(
        [bits[:, band * width : (band + 1) * width] @ weights for band in range(BANDS)], axis=1, dtype=np.uint32
    )
