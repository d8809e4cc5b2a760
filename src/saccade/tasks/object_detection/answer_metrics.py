"""Precision, recall and F1 of the answers above the threshold, with bootstrap intervals over images."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import MetricValue
from saccade.tasks.object_detection.coco_metrics import resampled, score
from saccade.tasks.object_detection.marked_and_found import MarkedAndFound
from saccade.tasks.object_detection.pairing import pairings

Numbers = NDArray[np.float64]
NAMES = ("precision", "recall", "f1")


def counted(images: MarkedAndFound, threshold: float) -> NDArray[np.int64]:
    """Return objects found, answers, and objects, (n, classes, 3)."""
    counts = np.zeros((len(images), len(images.objects), 3), np.int64)
    for at, (marked, answers, pairs) in enumerate(pairings(images, threshold)):
        rows = [row for row, _ in pairs.found]
        given = [column for _, column in pairs.found + pairs.confused] + list(pairs.invented)
        every = marked.numbers[rows], answers.numbers[given], marked.numbers[~marked.ignored]
        counts[at] = np.stack([np.bincount(each, minlength=len(images.objects)) for each in every], axis=1)
    return counts


def overall(counts: NDArray[np.int64]) -> dict[str, MetricValue]:
    """Return the scores of all classes together, by `NAMES`, of the counts that `counted` gives."""
    return _scores(counts.sum(axis=1))


def per_class(counts: NDArray[np.int64]) -> dict[str, tuple[MetricValue, ...]]:
    """Return the scores of each class, and "support", its objects."""
    columns = [_scores(counts[:, at]) for at in range(counts.shape[1])]
    support = tuple(MetricValue(total) for total in counts[..., 2].sum(axis=0).tolist())
    return {**{name: tuple(each[name] for each in columns) for name in NAMES}, "support": support}


def _scores(counts: NDArray[np.int64]) -> dict[str, MetricValue]:
    """Return the scores of counts (n, 3) an image."""
    values = _of_counts(counts.sum(axis=0, keepdims=True).astype(np.float64))
    drawn = [_of_counts(weights @ counts) for weights in resampled(len(counts))]
    return {name: score(values[name], np.concatenate([each[name] for each in drawn])) for name in NAMES}


def _of_counts(counts: Numbers) -> dict[str, Numbers]:
    """Return the scores (r,) of counts (r, 3); NaN where there is no answer, or no object."""
    found, answers, objects = counts.T
    precision = found / np.where(answers > 0, answers, np.nan)
    recall = found / np.where(objects > 0, objects, np.nan)
    both = answers + objects
    return {"precision": precision, "recall": recall, "f1": 2 * found / np.where(both > 0, both, np.nan)}
