"""What a trained detector suggests of images that nobody has drawn boxes on, and which of them teach it most."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.modalities.images.label_file import SaidBox
from saccade.modalities.images.streams import Remarks
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.matching import iou
from saccade.tasks.object_detection.predictor import DetectionPredictor, open_predictor

LEAST = 0.05
"""The score from which on a box says something of how sure the detector is."""

HALF = 0.5
"""IoU from which on a suggestion is of an object that is drawn already."""

AT_ONCE = 16
"""Images that are asked for before somebody may want something else."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Suggested:
    """A box that a detector suggests.

    Attributes:
        label: the class.
        sides: left, top, right and bottom in pixels of the image as it is seen.
        score: 0 to 1.
    """

    label: str
    sides: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True)
class Opinion:
    """What a detector says of an image.

    Attributes:
        boxes: its answers, the surest first.
        doubt: 0 to 1, how near to its threshold the box is that is nearest to it.
    """

    boxes: tuple[Suggested, ...]
    doubt: float


def open_detector(path: Path) -> DetectionPredictor:
    """Return what answers for a run, by its exported file: Keras is not loaded; raises RunError where it has none."""
    run = Run.open(path)
    if run.exported("model.onnx") is None:
        raise RunError(f"{path.name} has no model.onnx to suggest with. Make it: saccade export {shell_word(path)}")
    return open_predictor(run)


def opinions(detector: DetectionPredictor, files: Mapping[int, str]) -> Iterator[tuple[int, Opinion]]:
    """Yield the row of each image with what the detector says of it; files that cannot be read are left out."""
    rows = list(files)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        answers = detector.predict_files([files[row] for row in some], threshold=LEAST, remarks=Remarks())
        for row, (_, found) in zip(some, answers, strict=True):
            if not isinstance(found, SkippedItem):
                yield row, opinion(found, detector.objects, detector.threshold.value)


def opinion(found: Detections, objects: Sequence[str], threshold: float) -> Opinion:
    """Return what is suggested of what was found, from a score on, and how near the nearest score is to that."""
    doubts = np.where(
        found.scores < threshold, found.scores / max(threshold, 1e-6), (1 - found.scores) / max(1 - threshold, 1e-6)
    )
    sure = found.above(threshold)
    rows = zip(sure.boxes.tolist(), sure.scores.tolist(), sure.numbers.tolist(), strict=True)
    boxes = tuple(Suggested(objects[number], tuple(box), score) for box, score, number in rows)
    return Opinion(boxes, float(doubts.max(initial=0)))


def not_drawn(opinion: Opinion, drawn: Sequence[SaidBox]) -> float:
    """Return the score of the surest suggestion that overlaps no drawn box by half, 0 where there is none."""
    if not opinion.boxes:
        return 0.0
    found = np.array([each.sides for each in opinion.boxes], np.float32)
    marked = np.array([each.sides for each in drawn], np.float32).reshape(-1, 4)
    free = np.all(iou(found, marked) < HALF, axis=1).tolist()
    return max((each.score for each, is_free in zip(opinion.boxes, free, strict=True) if is_free), default=0.0)


def in_order_of_use(free: Rows, sealed: Rows, doubts: Mapping[int, float], *, seed: int) -> Rows:
    """Return rows without a label, those of which a detector is least sure first; by chance where it says nothing.

    Args:
        free: rows outside of the test split.
        sealed: rows of the test split, of which no model says anything: evenly mixed in.
        doubts: of rows, 0 to 1.
        seed: of chance.
    """
    free, sealed = (np.random.default_rng(seed).permutation(rows) for rows in (np.sort(free), np.sort(sealed)))
    doubt = np.array([doubts.get(row, 0) for row in free.tolist()])
    free = free[np.argsort(-doubt, kind="stable")]
    places = [np.arange(len(free)) / max(1, len(free)), (np.arange(len(sealed)) + 0.5) / max(1, len(sealed))]
    return np.asarray(np.concatenate([free, sealed])[np.argsort(np.concatenate(places), kind="stable")])
