"""Why each object of an image was found, or why it was not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.object_detection.inspection.peaks import Peaks
from saccade.tasks.object_detection.matching import iou
from saccade.tasks.object_detection.placement import Boxes

MATCH = 0.5
"""IoU from which on a box finds an object."""

NEAR = 0.1
"""IoU from which on a box is about an object, though it does not find it."""

Reason = Literal["found", "below", "suppressed", "shared", "class", "far", "never"]

WORDS: dict[Reason, str] = {
    "found": "found",
    "below": "below the threshold",
    "suppressed": "suppressed",
    "shared": "one box for two objects",
    "class": "taken for another class",
    "far": "box too far off",
    "never": "never a peak",
}
"""What each reason is called, in the order in which they are told."""


@dataclass(frozen=True)
class Fate:
    """What became of an object.

    Attributes:
        number: of its class.
        box: (4,), in pixels of what the network sees.
        reason: why it was found or missed.
        score: of the box that is nearest to finding it, 0 to 1; None where there is none.
        overlap: IoU of that box with the object.
        taken_for: the number of the class that it was taken for; None unless that is the reason.
    """

    number: int
    box: NDArray[np.float32]
    reason: Reason
    score: float | None = None
    overlap: float = 0.0
    taken_for: int | None = None

    @property
    def is_found(self) -> bool:
        """Whether a box with its class finds it."""
        return self.reason == "found"


def fates(boxes: Boxes, numbers: NDArray[np.int32], peaks: Peaks, *, threshold: float) -> list[Fate]:
    """Return what became of each object of an image, in their order.

    Args:
        boxes: (k, 4), of the objects, in pixels of what the network sees.
        numbers: (k,), of their classes.
        peaks: what the network considered.
        threshold: from which score on a box is an answer.
    """
    overlaps = iou(boxes, peaks.boxes)
    found_by = _found_by(overlaps, numbers, peaks, threshold)
    return [
        _fate(boxes[at], int(numbers[at]), overlaps[at], peaks, threshold, found_by[at]) for at in range(len(boxes))
    ]


def invented(
    boxes: Boxes, numbers: NDArray[np.int32], peaks: Peaks, *, threshold: float, ignored: Boxes | None = None
) -> NDArray[np.int64]:
    """Return the positions of answers that find no object of their class, the surest first.

    Args:
        boxes: as in `fates`.
        numbers: likewise.
        peaks: likewise.
        threshold: likewise.
        ignored: (m, 4), objects that are not judged: an answer on one of them is neither found nor invented.
    """
    used = {at for at in _found_by(iou(boxes, peaks.boxes), numbers, peaks, threshold) if at is not None}
    spared = iou(peaks.boxes, np.empty((0, 4), np.float32) if ignored is None else ignored).max(axis=1, initial=0)
    left = [at for at in peaks.answers(threshold).tolist() if at not in used and spared[at] < MATCH]
    return np.array(left, np.int64)


def _found_by(
    overlaps: NDArray[np.float64], numbers: NDArray[np.int32], peaks: Peaks, threshold: float
) -> list[int | None]:
    """Return which answer finds each object: the surest answers choose first, each the object that it overlaps most."""
    found: list[int | None] = [None] * len(overlaps)
    for at in peaks.answers(threshold).tolist():
        free = np.array([each is None for each in found], np.bool_) & (numbers == peaks.numbers[at])
        shares = np.where(free, overlaps[:, at], 0.0)
        if len(shares) and shares.max() >= MATCH:
            found[int(shares.argmax())] = at
    return found


def _fate(
    box: NDArray[np.float32],
    number: int,
    overlaps: NDArray[np.float64],
    peaks: Peaks,
    threshold: float,
    found_by: int | None,
) -> Fate:
    """Return what became of one object; the first reason that applies."""
    same, sure = peaks.numbers == number, peaks.scores >= threshold
    close, near = overlaps >= MATCH, overlaps >= NEAR
    reasons: list[tuple[Reason, NDArray[np.bool_]]] = [
        ("found", np.arange(len(overlaps)) == (-1 if found_by is None else found_by)),
        ("shared", same & close & sure & peaks.kept),
        ("suppressed", same & close & sure & ~peaks.kept),
        ("class", ~same & close & sure & peaks.kept),
        ("below", same & close & ~sure),
        ("far", same & near & sure & peaks.kept),
    ]
    for reason, which in reasons:
        if which.any():
            at = int(np.flatnonzero(which)[peaks.scores[which].argmax()])
            taken_for = int(peaks.numbers[at]) if reason == "class" else None
            return Fate(number, box, reason, float(peaks.scores[at]), float(overlaps[at]), taken_for)
    return Fate(number, box, "never")
