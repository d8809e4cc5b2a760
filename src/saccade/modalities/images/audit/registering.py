"""Bringing one image over another: crops, shifts, other exposures of one photo, which no fixed grid of pixels compares.

Where a part of one image may lie in the other is found for several sizes at once, by correlating the directions of
their edges (Fitch et al. 2002, "Orientation correlation"): light changes how strong an edge is, hardly where it runs.
Then the two are compared pixel by pixel where they overlap, as in `comparing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from saccade.core.parallel import in_chunks
from saccade.modalities.images.audit.explaining import Floats, blurred, centred, left_of, weights_of
from saccade.modalities.images.audit.measuring import image_bytes, resized, to_grey

SIDE = 32
"""Pixels at which edges are correlated, and of the overlap that is compared."""

PADDED = 48
"""Pixels of the correlation, which goes round: enough to tell apart all places where two images share enough."""

FINE = 64
"""Pixels of the images that the overlap is cut from."""

SHRUNK = tuple(round(0.9**step, 4) for step in range(6))
"""Sizes at which one is looked for in the other: crops down to a little over half of the side. What lies between two of
them, the comparison makes up for."""

LEAST_SHARED = 0.3
"""Part of the smaller one that must lie within the larger; less proves nothing."""

LEAST_CONTRAST = 0.01
"""Standard deviation of the overlap, of white: all blue skies are alike."""

MOST_MOVED = 1.5
"""Pixels of the overlap by which a place is corrected."""

TRIED = 2
"""Places that are compared pixel by pixel, the best ones by their edges."""

NOTHING = 1.0
"""What is left of images that share too little."""

Rows = NDArray[np.int64]
Complex = NDArray[np.complex64]


def unexplained_overlaps(
    images: NDArray[np.uint8], first: Rows, second: Rows, mirrored: NDArray[np.bool_], *, quiet: bool = True
) -> Floats:
    """Return (m,): what is left unexplained of the overlap of two images, at their best place; 0 for a copy.

    About .6 ms a pair on one core.

    Args:
        images: (n, h, w, c), uint8.
        first: (m,), rows.
        second: (m,), rows.
        mirrored: (m,), whether the second is seen in a mirror.
        quiet: no progress bar.
    """

    def compare(pairs: Sequence[int]) -> Floats:
        split = slice(pairs[0], pairs[-1] + 1)
        ways, which = np.unique(
            np.concatenate([2 * first[split], 2 * second[split] + mirrored[split]]), return_inverse=True
        )
        pixels = images[ways // 2]
        looks = _looks(np.where(ways[:, None, None, None] % 2 == 1, pixels[:, :, ::-1], pixels))
        return _unexplained(looks.of(which[: len(pairs)]), looks.of(which[len(pairs) :]))

    size = 2 * image_bytes(images)
    found = in_chunks(compare, range(len(first)), title="Comparing look-alikes", item_bytes=size, quiet=quiet)
    return np.concatenate([np.empty(0, np.float32), *found])


@dataclass(frozen=True)
class _Looks:
    """What is needed of images to find them in others.

    Attributes:
        fine: (n, side, side), grey, 0 to 255.
        shrunk: (n, sizes, 2, padded, padded // 2 + 1), the transform of their edges, down and across, at each of
            `SHRUNK`.
        edges: (n, sizes), how many edges each of them has.
    """

    fine: Floats
    shrunk: Complex
    edges: Floats

    def of(self, rows: Rows) -> "_Looks":
        """Return those of some of the images."""
        return _Looks(self.fine[rows], self.shrunk[rows], self.edges[rows])


def _looks(pixels: NDArray[np.uint8]) -> _Looks:
    grey = to_grey(pixels)
    fine = resized(grey, FINE)
    edges = [_edges(resized(fine, round(SIDE * size))) for size in SHRUNK]
    shrunk = np.stack([_transformed(each) for each in edges], axis=1)
    counts = np.stack([(each**2).sum(axis=(1, 2, 3)) for each in edges], axis=1)
    return _Looks(fine, shrunk, np.maximum(1, counts))


def _edges(grey: Floats) -> Floats:
    """Return (n, 2, h, w): the direction of each edge, down and across, of length 1; 0 where there is none."""
    down, across = np.gradient(grey, axis=(1, 2))
    both = np.stack([down, across], axis=1)
    strength = np.sqrt((both**2).sum(axis=1, keepdims=True))
    clear = strength > np.maximum(1, 0.5 * strength.mean(axis=(2, 3), keepdims=True))
    return np.asarray(np.where(clear, both / np.maximum(strength, 1e-6), 0), np.float32)


def _transformed(edges: Floats) -> Complex:
    along_rows = fft.rfft(edges, PADDED, axis=-1)  # before rows of zeros are added
    return np.asarray(fft.fft(along_rows, PADDED, axis=-2))


def _unexplained(one: _Looks, other: _Looks) -> Floats:
    """Return (n,): what is left at the best of the places where one image of a pair may lie in the other."""
    # of equal size, both ways are one
    there, back = _places(one, other), _places(other, one)
    fits = np.concatenate([there.fits, back.fits[:, 1:]], axis=1)
    left = np.full(len(fits), NOTHING, np.float32)
    for tried in np.argsort(-fits, axis=1)[:, :TRIED].T:
        is_back = tried >= len(SHRUNK)
        size = np.where(is_back, tried - len(SHRUNK) + 1, tried)
        corner = np.where(is_back[:, None], back.corner(size), there.corner(size))
        large = np.where(is_back[:, None, None], other.fine, one.fine)
        small = np.where(is_back[:, None, None], one.fine, other.fine)
        left = np.minimum(left, _left(large, small, np.array(_SIZES, np.float32)[size], corner))
    return left


_SIZES = tuple(round(SIDE * size) / SIDE for size in SHRUNK)  # in whole pixels


@dataclass(frozen=True)
class _Places:
    """Where a shrunk image fits best into another, for each size.

    Attributes:
        fits: (n, sizes), how well: 1 where each edge has a like one.
        corners: (n, sizes, 2), in parts of the large one's side, from its top left corner.
    """

    fits: Floats
    corners: Floats

    def corner(self, size: Rows) -> Floats:
        """Return (n, 2) for a size each."""
        return np.asarray(self.corners[np.arange(len(size)), size])


def _places(large: _Looks, small: _Looks) -> _Places:
    products = (large.shrunk[:, :1] * np.conj(small.shrunk)).sum(axis=2)
    fits = fft.irfft2(products, s=(PADDED, PADDED))
    flat = fits.reshape(*fits.shape[:2], -1)
    rows, columns = np.divmod(flat.argmax(axis=2), PADDED)
    down, across = _between(fits, rows, columns, (1, 0)), _between(fits, rows, columns, (0, 1))
    best = np.stack([rows + down, columns + across], axis=2)
    # further up or left than this, too little of the small one is within the large one
    last = PADDED - (1 - LEAST_SHARED) * SIDE * np.array(_SIZES)[:, None]
    corners = np.where(best < last, best, best - PADDED) / SIDE
    return _Places(flat.max(axis=2) / small.edges, corners.astype(np.float32))


def _between(fits: Floats, rows: Rows, columns: Rows, step: tuple[int, int]) -> Floats:
    """Return where between two pixels the best fit lies, -.5 to .5, by the parabola through it and its neighbours."""
    count, sizes = np.ogrid[: fits.shape[0], : fits.shape[1]]
    before, at, after = (
        fits[count, sizes, (rows + each * step[0]) % PADDED, (columns + each * step[1]) % PADDED] for each in (-1, 0, 1)
    )
    bend = before - 2 * at + after
    return np.asarray(np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0).clip(-0.5, 0.5))


def _left(large: Floats, small: Floats, size: Floats, corner: Floats) -> Floats:
    low, high = np.maximum(corner, 0), np.minimum(corner + size[:, None], 1)
    enough = (high - low).clip(0).prod(axis=1) >= LEAST_SHARED * size**2
    high = np.where(enough[:, None], high, low + 1 / SIDE)
    other = _part(small, (low - corner) / size[:, None], (high - corner) / size[:, None])
    one = _part(large, *_refined(_part(large, low, high), other, low, high))
    enough &= np.minimum(one.std(axis=(1, 2)), other.std(axis=(1, 2))) >= LEAST_CONTRAST
    left = np.minimum(left_of(one, other, stretched=True), left_of(other, one, stretched=True))
    return np.asarray(np.where(enough, left, NOTHING), np.float32)


def _refined(one: Floats, other: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the corners of the part of the large image again, moved and stretched by what is still missing.

    To the first order (Lucas and Kanade 1981): what differs is explained by the gradients, and by those that grow with
    the distance from the middle.
    """
    by_row, by_column = np.gradient(one, axis=(1, 2))
    down, across = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE), indexing="ij")
    terms = [one, by_row, by_column, down * by_row + across * by_column]
    weights = weights_of(np.stack([centred(np.asarray(term, np.float32)) for term in terms], axis=1), centred(other))
    pixels = (weights[:, 1:] / np.maximum(weights[:, :1], 0.1)).clip(-MOST_MOVED, MOST_MOVED)
    moved, grown = (each / SIDE * (high - low) for each in (pixels[:, :2], pixels[:, 2:]))
    return low + moved - grown, high + moved + grown


def _part(looks: Floats, low: Floats, high: Floats) -> Floats:
    """Return (n, SIDE, SIDE), 0 to 1 and blurred, of a part of each image, given in parts of its side."""
    rows, columns = (_sampling(low[:, axis], high[:, axis], looks.shape[1]) for axis in (0, 1))
    return blurred(np.asarray(rows @ looks @ columns.transpose(0, 2, 1) / 255, np.float32))


def _sampling(low: Floats, high: Floats, length: int) -> Floats:
    """Return (n, SIDE, length): the weight of each old pixel in each new one, between its two nearest."""
    steps = (np.arange(SIDE) + 0.5) / SIDE
    places = ((low[:, None] + steps * (high - low)[:, None]) * length - 0.5).clip(0, length - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(places[:, :, None] - np.arange(length))), np.float32)
