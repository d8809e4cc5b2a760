"""MarkedAndFound → places where what is marked and what is found differ, the most suspicious first.

The three kinds are those of ObjectLab (Tkachenko et al. 2023, arXiv 2309.00832): overlooked, swapped, badly located.
Its scores are not used: they compare boxes that one cut-off has kept, and know no ignored objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound
from saccade.tasks.object_detection.matching import Numbers, iou, share_within

Reason = Literal["no box", "class", "place"]

LEAST_SCORE = 0.05
"""Boxes that a network is less sure of say nothing about what is marked."""

SAME = 0.5
"""IoU from which on a marked box and a found one are about the same object in the same place."""

NEAR = 0.1
"""IoU from which on they are about the same object."""


@dataclass(frozen=True)
class Doubt:
    """A place in an image where a network finds something else than what is marked.

    Attributes:
        image: position among the images.
        reason: "no box": an object is found where none is marked; "class": another class is found on a marked object;
            "place": an object of the class is found beside the marked box, and nothing in it.
        answer: position among the boxes that were found in the image.
        marked: position among those that are marked; None for "no box".
        score: 0 to 1, how sure the network is that it is otherwise.
    """

    image: int
    reason: Reason
    answer: int
    marked: int | None
    score: float


def ranked(images: MarkedAndFound) -> list[Doubt]:
    """Return all places in doubt, the most suspicious first; what is found comes from networks without the image."""
    rows = enumerate(zip(images.marked, images.found, strict=True))
    every = [doubt for at, (marked, found) in rows for doubt in _doubts(at, marked, found)]
    return sorted(every, key=lambda doubt: -doubt.score)


def _doubts(image: int, marked: Marked, found: Detections) -> Iterator[Doubt]:
    answers = found.above(LEAST_SCORE)  # the surest first, so that positions stay
    overlaps = iou(answers.boxes, marked.boxes)
    agreeing = (overlaps >= SAME) & (answers.numbers[:, None] == marked.numbers)
    free = ~agreeing.any(axis=1) & ~_on_ignored(answers, marked)
    on_another = free[:, None] & (overlaps >= SAME)
    for at in np.flatnonzero(~marked.ignored).tolist():
        own, other = (_surest(answers, which[:, at]) for which in (agreeing, on_another))
        if other is not None:
            sure = 0.0 if own is None else float(answers.scores[own])
            yield from _otherwise(image, answers, other, at, sure)
    left = free & ~on_another.any(axis=1)
    beside = list(_beside(image, marked, answers, overlaps, left))
    yield from beside
    left[[doubt.answer for doubt in beside]] = False
    yield from _unmarked(image, answers, overlaps, left)


def _otherwise(image: int, answers: Detections, other: int, marked: int, own: float) -> Iterator[Doubt]:
    """Yield the doubt about a class, where another one is surer than that."""
    sure = float(answers.scores[other])
    if sure > own:
        yield Doubt(image, "class", other, marked, sure * (1 - own))


def _beside(
    image: int, marked: Marked, answers: Detections, overlaps: Numbers, left: NDArray[np.bool_]
) -> Iterator[Doubt]:
    """Yield doubts about places: nothing is found in the box, and an object of its class beside it."""
    near = left[:, None] & (overlaps >= NEAR) & (answers.numbers[:, None] == marked.numbers)
    near &= overlaps >= overlaps.max(axis=1, initial=0, keepdims=True)  # no other object is nearer
    for at in np.flatnonzero(~marked.ignored & (overlaps < SAME).all(axis=0)).tolist():
        best = _surest(answers, near[:, at])
        if best is not None:
            yield Doubt(image, "place", best, at, float(answers.scores[best] * (1 - overlaps[best, at])))


def _unmarked(image: int, answers: Detections, overlaps: Numbers, left: NDArray[np.bool_]) -> Iterator[Doubt]:
    """Yield doubts about objects without a box, each once whatever classes are found there."""
    twice = iou(answers.boxes, answers.boxes) >= SAME
    kept = list[int]()
    for at in np.flatnonzero(left).tolist():
        if not twice[at, kept].any():
            kept.append(at)
            score = answers.scores[at] * (1 - overlaps[at].max(initial=0))
            yield Doubt(image, "no box", at, None, float(score))


def _on_ignored(answers: Detections, marked: Marked) -> NDArray[np.bool_]:
    """Return (a,), whether an answer lies on an object that is not judged."""
    within = share_within(answers.boxes, marked.boxes) * marked.ignored
    return np.asarray(within.max(axis=1, initial=0) >= SAME)


def _surest(answers: Detections, which: NDArray[np.bool_]) -> int | None:
    rows = np.flatnonzero(which)
    return int(rows[answers.scores[rows].argmax()]) if len(rows) else None
