"""What simple means find in images: nothing, the average boxes of training, and a sliding window with HOG features."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from saccade.core.recipe import Recipe
from saccade.tasks.object_detection import sliding_window
from saccade.tasks.object_detection.detections import MOST, Detections
from saccade.tasks.object_detection.object_images import ObjectImages

MOST_BOXES = 20
"""Average boxes of a class."""

MOST_TRAINED = 5000
"""Boxes of a class that these are made of; of more, a sample."""

Rows = NDArray[np.int64]
Found = list[Detections]


def baseline_answers(dataset: ObjectImages, rows: Rows, recipe: Recipe) -> dict[str, Found]:
    """Return what each baseline finds in some images; none where there is no training image with an object.

    The sliding window is left out where it would take minutes: with many large images.

    Args:
        dataset: its training split is what they learn from.
        rows: (n,), which images to look at.
        recipe: how the images were made to fit.
    """
    train = dataset.rows("train")
    if not dataset.is_object[train].any():
        return {}
    makers: dict[str, Callable[[], Found]] = {
        "nothing": lambda: [_none(size) for size in dataset.sizes[rows].tolist()],
        "average_boxes": lambda: _average(dataset, train, rows),
    }
    if sliding_window.is_quick(dataset, rows):
        makers["sliding_window"] = lambda: sliding_window.find(dataset, rows, recipe)
    return {name: make() for name, make in makers.items()}


def _none(size: list[int]) -> Detections:
    return Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int32), (size[0], size[1]))


def _average(dataset: ObjectImages, train: Rows, rows: Rows) -> Found:
    """Return for each image the boxes around which those of training gather, with their frequency as score."""
    parts = [_of_class(dataset, train, number) for number in range(len(dataset.objects))]
    boxes, scores = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
    numbers = np.concatenate([np.full(len(part[1]), number) for number, part in enumerate(parts)])
    order = np.argsort(-scores, kind="stable")[:MOST]
    scores, numbers = scores[order].astype(np.float32), numbers[order].astype(np.int32)
    return [
        Detections((boxes[order] * _across(size)).astype(np.float32), scores, numbers, (size[0], size[1]))
        for size in dataset.sizes[rows].tolist()
    ]


def _of_class(dataset: ObjectImages, train: Rows, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return boxes (k, 4), in shares of width and height, and what share of the images has each, (k,)."""
    real = dataset.is_object[train] & (dataset.numbers[train] == number)
    at, place = np.nonzero(real)
    if not len(at):
        return np.empty((0, 4)), np.empty(0)
    kept = np.sort(np.random.default_rng(0).permutation(len(at))[:MOST_TRAINED])
    boxes = np.stack(
        [
            dataset.boxes[train[row], column] / _across(dataset.sizes[train[row]])
            for row, column in zip(at[kept], place[kept], strict=True)
        ]
    )
    count = int(np.clip(np.ceil(2 * len(at) / max(1, int(real.any(axis=1).sum()))), 1, MOST_BOXES))
    count = min(count, len(np.unique(boxes, axis=0)))
    fitted = KMeans(count, n_init=1, random_state=0).fit(boxes)
    share = np.bincount(fitted.labels_, minlength=count) / len(boxes) * len(at) / len(train)
    return fitted.cluster_centers_, np.minimum(share, 1.0)


def _across(size: NDArray[np.int32] | list[int]) -> NDArray[np.float64]:
    height, width = size
    return np.array([width, height, width, height], np.float64)
