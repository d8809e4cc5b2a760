"""An object detector as the subject of an export, and when a file answers like it."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.export.parity import Criterion, Named, Tolerance
from saccade.export.subject import Subject
from saccade.tasks.image_exports import image_subject, taking_bytes
from saccade.tasks.object_detection.decoding import Decoder
from saccade.tasks.object_detection.detections import BOXES, CLASSES, SCORES
from saccade.tasks.object_detection.matching import iou
from saccade.tasks.object_detection.predictor import of_keras, threshold_of

TOLERANCES = {  # of 1 − IoU, the mean over boxes; of any score; and of the boxes that are the same
    "float32": Tolerance(difference=0.01, agreement=0.99),
    "float16": Tolerance(difference=0.02, agreement=0.95),
    "bfloat16": Tolerance(difference=0.05, agreement=0.9),
    "int8": Tolerance(difference=0.1, agreement=0.8),
}

SAME = {"float32": 0.99, "float16": 0.9, "bfloat16": 0.85, "int8": 0.8}
"""IoU from which on two boxes of a class are the same; of two that overlap, rounding may let the other one win."""

ALIKE = 0.5
"""IoU from which on two boxes of a class are compared."""


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a detector is made of; image bytes go in; boxes, scores and classes come out."""
    threshold, tolerance = threshold_of(run).value, TOLERANCES[precision]
    return image_subject(
        run,
        network=taking_bytes(model, then=Decoder(overlap=run.recipe.overlap)),
        outputs=of_keras(model, run=run),
        criterion=Criterion(
            partial(differences, threshold=threshold),
            partial(agreement, threshold=threshold, margin=tolerance.difference, same=SAME[precision]),
            tolerance,
            " of 1 − IoU, or of a score",
        ),
        data=data,
        quiet=quiet,
    )


def differences(found: Named, expected: Named, *, threshold: float) -> dict[str, float]:
    """Return how far the boxes that both find differ: the mean of 1 − IoU, and the largest difference of two scores.

    Those are compared that either answers with, and the surest of each image.
    """
    boxes, scores = [0.0], [0.0]
    for one, other in _images(found, expected):
        for first, second in ((one, other), (other, one)):
            for mine, its, overlap in _matches(first, second, at=_judged(first, threshold), least=ALIKE):
                boxes.append(1 - overlap)
                scores.append(abs(float(first[SCORES][mine]) - float(second[SCORES][its])))
    return {BOXES: float(np.mean(boxes)), SCORES: float(np.max(scores))}


def agreement(found: Named, expected: Named, *, threshold: float, margin: float, same: float) -> float:
    """Return the part of the boxes of an image that both find, the mean over the images.

    A box whose score is nearer to the threshold than `margin` may be an answer of one alone.

    Args:
        found: what the file answers.
        expected: what the run answers.
        threshold: from which score on a box is an answer.
        margin: see above.
        same: IoU from which on two boxes of a class are the same.
    """
    share = partial(_found_share, threshold=threshold + margin, same=same)
    return float(np.mean([min(share(one, other), share(other, one)) for one, other in _images(found, expected)]))


def _found_share(first: Named, second: Named, *, threshold: float, same: float) -> float:
    """Return of how many of the boxes of the first that count the second has the same."""
    judged = _judged(first, threshold)
    return len(_matches(first, second, at=judged, least=same)) / max(1, int(judged.sum()))


def _images(found: Named, expected: Named) -> Iterator[tuple[Named, Named]]:
    for row in range(len(found[SCORES])):
        yield {name: found[name][row] for name in found}, {name: expected[name][row] for name in found}


def _judged(image: Named, threshold: float) -> NDArray[np.bool_]:
    """Return which boxes (100,) count: those from the threshold on, or else the surest."""
    scores = image[SCORES]
    return np.asarray((scores > 0) & (scores >= min(threshold, float(scores.max()))))


def _matches(first: Named, second: Named, *, at: NDArray[np.bool_], least: float) -> list[tuple[int, int, float]]:
    """Return (box of the first, its match in the second, their IoU) for those of the first that have one."""
    overlaps = iou(first[BOXES], second[BOXES])
    possible = (first[CLASSES][:, None] == second[CLASSES][None]) & (second[SCORES] > 0)[None]
    overlaps = np.where(possible, overlaps, 0.0)
    best = [(row, int(overlaps[row].argmax())) for row in np.flatnonzero(at).tolist()]
    return [(row, its, float(overlaps[row, its])) for row, its in best if overlaps[row, its] >= least]
