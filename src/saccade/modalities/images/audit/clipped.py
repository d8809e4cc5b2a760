"""Comparing exposures of one image of which lights or shadows are clipped: what went beyond white or black is lost.

No tone curve brings it back, so that `comparing` takes such exposures for different images. Here the curve is fitted to
the pixels that are neither in one image nor in the other, channel by channel, for channels clip one by one. Where one
image is clipped, what the other explains must lie beyond white or black as well (Tobin 1958, censored regression).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.audit.explaining import SIDE, Floats, blurred, weights_of, worst_of_blocks
from saccade.modalities.images.audit.measuring import resized

WHITE, BLACK = 0.95, 0.05
"""Pixels beyond count as clipped, of 0 to 1: JPEG leaves ripples on white."""

LEAST_NEW = 0.01
"""Part of the pixels that must be clipped in one image only: else there is nothing to look beyond."""

LEAST_SEEN = 0.2
"""Part of the pixels that must be clipped in none: strokes on black are alike where they are clipped, and prove nothing
there."""

ALIKE = 0.8
"""Correlation of the grey values that are clipped in neither image, below which two images are no exposures of one."""

NOTHING = np.float32(np.inf)

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Channel:
    """One channel of images, (n, h, w) each.

    Attributes:
        values: 0 to 1, blurred.
        white, black: where it is clipped, or a neighbour, which the blur has mixed with it.
    """

    values: Floats
    white: Flags
    black: Flags

    @property
    def touched(self) -> Flags:
        """Where it is no true value."""
        return np.asarray(self.white | self.black)


def unexplained_when_clipped(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Floats:
    """Return (n,): what is left of the worse explained block, as in `comparing`; infinite where little is clipped.

    Args:
        first: (n, h, w, c), uint8.
        second: the same shape; which of the two is the original is found out.
    """
    found = np.full(len(first), NOTHING)
    if not len(first):
        return found
    asked = np.flatnonzero(_worth_it(first, second))
    if not len(asked):
        return found
    pairs = [(_channel(first[asked, ..., at]), _channel(second[asked, ..., at])) for at in range(first.shape[-1])]
    seen = np.mean([(~(one.touched | other.touched)).mean(axis=(1, 2)) for one, other in pairs], axis=0)
    there = _left([_rest(one, other) for one, other in pairs])
    back = _left([_rest(other, one) for one, other in pairs])
    found[asked] = np.where(seen >= LEAST_SEEN, np.minimum(there, back), NOTHING)
    return found


def _worth_it(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Flags:
    """Return (n,), whether enough is clipped in one image only, enough in none, and alike; from some of the pixels."""
    step = max(1, first.shape[1] // SIDE), max(1, first.shape[2] // SIDE)
    one, other = (each[:, :: step[0], :: step[1]].reshape(len(each), -1) for each in (first, second))
    white, black = round(WHITE * 255), round(BLACK * 255)
    one_clipped, other_clipped = ((each >= white) | (each <= black) for each in (one, other))
    seen = ~(one_clipped | other_clipped)
    worth = ((one_clipped != other_clipped).mean(axis=1) >= LEAST_NEW) & (seen.mean(axis=1) >= LEAST_SEEN)
    asked = np.flatnonzero(worth)
    worth[asked] = _correlation(one[asked], other[asked], seen[asked]) >= ALIKE
    return np.asarray(worth, np.bool_)


def _correlation(one: NDArray[np.uint8], other: NDArray[np.uint8], seen: Flags) -> Floats:
    """Return (n,), of the values (n, m) that are seen."""
    counts = seen.sum(axis=1, dtype=np.float32)
    x, y = (np.where(seen, each, 0).astype(np.float32) for each in (one, other))
    mean_x, mean_y = x.sum(axis=1) / counts, y.sum(axis=1) / counts
    products, squares_x, squares_y = ((a * b).sum(axis=1) / counts for a, b in ((x, y), (x, x), (y, y)))
    spread = np.sqrt(np.maximum(squares_x - mean_x**2, 1) * np.maximum(squares_y - mean_y**2, 1))
    return np.asarray((products - mean_x * mean_y) / spread, np.float32)


def _channel(pixels: NDArray[np.uint8]) -> _Channel:
    plain = pixels.astype(np.float32)
    plain = (resized(plain, SIDE) if max(plain.shape[1:]) > SIDE else plain) / np.float32(255)
    white, black = (blurred(each.astype(np.float32)) > 0 for each in (plain >= WHITE, plain <= BLACK))
    return _Channel(blurred(plain), white, black)


def _rest(original: _Channel, copy: _Channel) -> tuple[Floats, Flags]:
    """Return what the original leaves of the copy, (n, h, w), in standard deviations, and where that counts."""
    seen = ~(original.touched | copy.touched)
    by_row, by_column = np.gradient(original.values, axis=(1, 2))
    squares = original.values**2
    terms = [original.values, squares, blurred(original.values) - original.values, by_row, by_column]
    given = [_centred(np.asarray(term, np.float32), seen)[0] for term in terms]
    wanted, level = _centred(copy.values, seen)
    shape = (len(wanted), -1)
    masked = np.stack([np.where(seen, term, 0).reshape(shape) for term in given], axis=1)
    weights = weights_of(masked, np.where(seen, wanted, 0).reshape(shape))
    explained = level + np.einsum("nt,nthw->nhw", weights, np.stack(given, axis=1))
    rest = copy.values - explained
    # what is clipped in the copy lies beyond it; what is clipped in the original says nothing
    white, black = copy.white & ~original.touched, copy.black & ~original.touched
    rest = np.where(white, np.maximum(rest, 0), np.where(black, np.minimum(rest, 0), rest))
    spread = np.sqrt((np.where(seen, wanted, 0) ** 2).sum(axis=(1, 2)) / np.maximum(1, seen.sum(axis=(1, 2))))
    return np.asarray(rest / np.maximum(spread, 1e-3)[:, None, None], np.float32), seen | white | black


def _centred(values: Floats, seen: Flags) -> tuple[Floats, Floats]:
    """Return values without the mean of those that are seen, and this mean, (n, 1, 1)."""
    mean = np.where(seen, values, 0).sum(axis=(1, 2)) / np.maximum(1, seen.sum(axis=(1, 2)))
    return np.asarray(values - mean[:, None, None], np.float32), np.asarray(mean[:, None, None], np.float32)


def _left(channels: list[tuple[Floats, Flags]]) -> Floats:
    """Return (n,), the root mean square of the worst block, over all channels."""
    squares = np.mean([np.where(counts, rest, 0) ** 2 for rest, counts in channels], axis=0)
    shares = np.mean([counts for _, counts in channels], axis=0)
    return worst_of_blocks(np.asarray(squares, np.float32), np.asarray(shares, np.float32))
