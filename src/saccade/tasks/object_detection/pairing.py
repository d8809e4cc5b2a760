"""Which answers go with which objects of an image, from the threshold on: found, confused, missed, invented."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound
from saccade.tasks.object_detection.matching import iou, share_within

OVERLAP = 0.5
"""IoU from which on an answer goes with an object."""


@dataclass(frozen=True)
class Pairing:
    """What became of the objects and of the answers in one image; numbers are their positions there.

    Attributes:
        found: (object, answer), of the same class.
        confused: (object, answer), of two classes.
        missed: objects that no answer goes with.
        invented: answers that go with no object; those on ignored objects are not among them.
        repeated: of the invented, answers on an object that a surer one of the class goes with.
    """

    found: tuple[tuple[int, int], ...]
    confused: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    invented: tuple[int, ...]
    repeated: tuple[int, ...]

    @property
    def mistakes(self) -> int:
        """How many objects and answers are wrong."""
        return len(self.confused) + len(self.missed) + len(self.invented)


def pair(marked: Marked, answers: Detections) -> Pairing:
    """Return which answers of an image go with which objects.

    The surest answer chooses first, among the objects of its class, the one that it overlaps most; what is left is then
    paired across classes.

    Args:
        marked: the objects.
        answers: the boxes above the threshold, the surest first.
    """
    overlaps = iou(answers.boxes, marked.boxes)
    same = answers.numbers[:, None] == marked.numbers[None]
    real = ~marked.ignored[None]
    found = _greedy(np.where(same & real, overlaps, 0))
    left = _without(np.where(real, overlaps, 0), found)
    on_ignored = (share_within(answers.boxes, marked.boxes) * same * ~real).max(axis=1, initial=0) >= OVERLAP
    left[on_ignored] = 0
    confused = _greedy(left)
    paired = found + confused
    invented = set(range(len(answers))) - {at for _, at in paired} - set(np.flatnonzero(on_ignored).tolist())
    on_found = [at for at in invented if (overlaps[at] * same[at] * real[0]).max(initial=0) >= OVERLAP]
    return Pairing(
        tuple(found),
        tuple(confused),
        tuple(sorted(set(np.flatnonzero(real[0]).tolist()) - {at for at, _ in paired})),
        tuple(sorted(invented)),
        tuple(sorted(on_found)),
    )


def pairings(images: MarkedAndFound, threshold: float) -> Iterator[tuple[Marked, Detections, Pairing]]:
    """Yield of each image what is marked, the answers from a threshold on, and how they go together."""
    for marked, found in zip(images.marked, images.found, strict=True):
        answers = found.above(threshold)
        yield marked, answers, pair(marked, answers)


def confusion(images: MarkedAndFound, threshold: float) -> NDArray[np.int64]:
    """Return objects by true class (rows) and answered class (columns); the last of both is the background."""
    background = len(images.objects)
    counts = np.zeros((background + 1, background + 1), np.int64)
    for marked, answers, each in pairings(images, threshold):
        for row, column in each.found + each.confused:
            counts[marked.numbers[row], answers.numbers[column]] += 1
        sides = background + 1
        counts[:, background] += np.bincount(marked.numbers[list(each.missed)], minlength=sides)
        counts[background] += np.bincount(answers.numbers[list(each.invented)], minlength=sides)
    return counts


def _greedy(overlaps: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return (object, answer): each answer in turn takes the object that it overlaps most, if by enough."""
    left, taken = overlaps.copy(), list[tuple[int, int]]()
    for answer in range(len(left)):
        best = int(left[answer].argmax()) if left.shape[1] else 0
        if left.shape[1] and left[answer, best] >= OVERLAP:
            taken.append((best, answer))
            left[:, best] = 0
    return taken


def _without(overlaps: NDArray[np.float64], pairs: list[tuple[int, int]]) -> NDArray[np.float64]:
    left = overlaps.copy()
    for row, column in pairs:
        left[column], left[:, row] = 0, 0
    return left
