"""Detections: what a network finds in an image."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.safe_json import Json
from saccade.core.signature import Signature, TensorSpec
from saccade.modalities.images.intake import Intake
from saccade.tasks.object_detection.placement import Boxes, Sizes, to_images

BOXES, SCORES, CLASSES = "boxes", "scores", "classes"
"""What the outputs of an exported network are called."""

MOST = 100
"""Boxes that a network answers with, the surest first; a score of 0 is no box."""


def signature(intake: Intake) -> Signature:
    """Return what goes into an exported detector and what comes out."""
    return Signature(
        (intake.tensor,),
        (
            TensorSpec(BOXES, "float32", (None, MOST, 4), "left, top, right, bottom, in pixels of the input"),
            TensorSpec(SCORES, "float32", (None, MOST), "of each box, 0 to 1; 0: there is none"),
            TensorSpec(CLASSES, "int32", (None, MOST), "of each box, a position in the classes"),
        ),
    )


@dataclass(frozen=True)
class Detections:
    """What is found in one image, the surest first.

    Attributes:
        boxes: (k, 4), left, top, right and bottom in pixels of the image in its source.
        scores: (k,), 0 to 1.
        numbers: (k,), positions in the names of the classes.
        size: (height, width) of the image, in pixels.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    numbers: NDArray[np.int32]
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.scores)

    def above(self, threshold: float) -> "Detections":
        """Return those with such a score or more."""
        kept = self.scores >= threshold
        return Detections(self.boxes[kept], self.scores[kept], self.numbers[kept], self.size)

    def to_dicts(self, objects: Sequence[str]) -> list[Json]:
        """Return a box each, as plain values for JSON."""
        rows = zip(self.boxes.tolist(), self.scores.tolist(), self.numbers.tolist(), strict=True)
        return [
            {"class": objects[number], "score": score, "box": [round(side, 2) for side in box]}
            for box, score, number in rows
        ]


def in_batches(
    answer: Callable[[Array], Sequence[Array]],
    batches: Iterable[Array],
    sizes: Sizes,
    side: tuple[int, int],
    *,
    fit: Literal["pad", "stretch"],
) -> list[Detections]:
    """Return what a network answers to images that come in batches, (n, h, w, c), as `interpreted`.

    Args:
        answer: gives boxes, scores and classes of a batch.
        batches: the images.
        sizes: (m, 2), height and width of all of them in their source.
        side: height and width of what the network sees.
        fit: how the images were made to fit.
    """
    found = list[Detections]()
    for pixels in batches:
        boxes, scores, classes = answer(pixels)
        found += interpreted(boxes, scores, classes, sizes[len(found) : len(found) + len(pixels)], side, fit=fit)
    return found


def interpreted(
    boxes: Boxes,
    scores: NDArray[np.float32],
    classes: NDArray[np.int32],
    sizes: Sizes,
    side: tuple[int, int],
    *,
    fit: Literal["pad", "stretch"],
) -> list[Detections]:
    """Return what a network answered, in pixels of the images in their source.

    Left out are boxes without a score, and those beside the image, in what was put around it to make it square.

    Args:
        boxes: (n, 100, 4), in pixels of what the network sees.
        scores: (n, 100).
        classes: (n, 100).
        sizes: (n, 2), height and width of the images.
        side: height and width of what the network sees.
        fit: how the images were made to fit.
    """
    placed = to_images(boxes, sizes, side, fit=fit)
    kept = (scores > 0) & (placed[..., 2] > placed[..., 0]) & (placed[..., 3] > placed[..., 1])
    rows = zip(placed, scores, classes.astype(np.int32), sizes.tolist(), kept, strict=True)
    return [
        Detections(box[there], score[there], number[there], (size[0], size[1]))
        for box, score, number, size, there in rows
    ]
