"""Which pixels speak for a box: by how much its score falls when they are covered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.inference import batches
from saccade.models.pyramids import STRIDE
from saccade.tasks.object_detection.inspection.peaks import PeakFinder, Peaks

GRID = 14
"""Squares a side, at most."""

LEAST_SQUARE = 8
"""Pixels of a square's side: smaller ones cover too little to change anything."""


@dataclass(frozen=True)
class Occluded:
    """Heat maps of an image of which one square after the other is covered.

    Attributes:
        before: (h/4, w/4, c), with nothing covered, 0 to 1.
        after: (s, h/4, w/4, c), with each square covered.
        squares: (s, 4), left, top, right and bottom in pixels.
        size: (height, width) of the image.
    """

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    squares: NDArray[np.int64]
    size: tuple[int, int]

    def support(self, peaks: Peaks, at: int) -> NDArray[np.float32]:
        """Return by how much the score of a peak falls where the image is covered, (h, w); negative: it rises."""
        window, number = self._window(peaks, at), int(peaks.numbers[at])
        before = float(self.before[window][..., number].max())
        falls = before - self.after[(slice(None), *window)][..., number].max(axis=(1, 2))
        total, count = np.zeros(self.size, np.float32), np.zeros(self.size, np.float32)
        for (left, top, right, bottom), fall in zip(self.squares.tolist(), falls.tolist(), strict=True):
            total[top:bottom, left:right] += fall
            count[top:bottom, left:right] += 1
        return np.asarray(total / np.maximum(count, 1), np.float32)

    def _window(self, peaks: Peaks, at: int) -> tuple[slice, slice]:
        """Return the cells around the peak: its heat may move by one when something is covered."""
        heights, widths = self.before.shape[:2]
        number, score = int(peaks.numbers[at]), peaks.scores[at]
        row, column = np.unravel_index(
            int(np.abs(self.before[..., number] - score).argmin()), (heights, widths)
        )  # the peak's own cell has exactly its score
        return slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2)


def occlude(finder: PeakFinder, image: NDArray[np.float32]) -> Occluded:
    """Return the heat maps of an image (h, w, c) with one square after the other in its mean colour.

    Squares overlap by half, so that an edge between two of them hides nothing.
    """
    height, width = image.shape[:2]
    side = max(LEAST_SQUARE, STRIDE * 2, 2 * max(height, width) // (GRID + 1))
    corners = [(left, top) for top in _starts(height, side) for left in _starts(width, side)]
    squares = np.array([(left, top, left + side, top + side) for left, top in corners], np.int64)
    covered = np.repeat(image[None], len(squares), axis=0)
    for each, (left, top, right, bottom) in zip(covered, squares.tolist(), strict=True):
        each[top:bottom, left:right] = image.mean(axis=(0, 1))
    after = np.concatenate([finder.heat(batch) for batch in batches(covered)])
    return Occluded(finder.heat(image[None])[0], after, squares, (height, width))


def _starts(length: int, side: int) -> list[int]:
    last = max(0, length - side)
    return sorted({*range(0, last, side // 2), last})
