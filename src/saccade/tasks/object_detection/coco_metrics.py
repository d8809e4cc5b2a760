"""Average precision and recall as COCO has them, with bootstrap intervals over images.

The numbers are those of faster-coco-eval; for the intervals, its matches are counted anew for each resample of images,
which gives the same to 1e-6 and takes a thousandth of the time.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import draws, middle
from saccade.core.metric_value import MetricValue
from saccade.tasks.object_detection.coco_matching import OVERLAPS, SIZES, ClassMatches, Matches

RECALLS = np.linspace(0, 1, 101)

AT_ONCE = 4_000_000
"""Boxes times resamples that are counted at once, so that many boxes do not fill the memory."""

Numbers = NDArray[np.float64]
Summary = Callable[[Numbers], Numbers]
"""From average precisions (r, classes, 10) to scores (r,)."""


def average_precisions(of: ClassMatches, weights: Numbers) -> Numbers:
    """Return the average precision (r, 10) at each IoU, of r weightings of the images; NaN where there is no object.

    Args:
        of: one class.
        weights: (r, n), how often each image counts.
    """
    most = max(1, AT_ONCE // max(1, len(of.scores)))
    portions = [_average_precisions(of, weights[at : at + most]) for at in range(0, len(weights), most)]
    return np.concatenate(portions)


def _average_precisions(of: ClassMatches, weights: Numbers) -> Numbers:
    total = (weights @ of.objects)[:, None]
    last = np.flatnonzero(of.is_hit.any(axis=0)).max(initial=-1) + 1  # what comes after the last hit changes nothing
    each = weights[:, of.images[:last]]
    found, counted, before = np.zeros((len(weights), len(OVERLAPS))), np.empty(0), np.empty(0, np.bool_)
    for at in range(len(OVERLAPS)):
        judged = ~of.is_ignored[at, :last]
        if not np.array_equal(judged, before):  # it is the same for most overlaps
            counted, before = np.cumsum(each * judged, axis=1), judged
        hits = np.flatnonzero(of.is_hit[at, :last])
        if len(hits):
            found[:, at] = _area(np.cumsum(each[:, hits], axis=1), counted[:, hits], total)
    return np.where(total > 0, found, np.nan)


def _area(right: Numbers, counted: Numbers, total: Numbers) -> Numbers:
    """Return the mean over 101 recalls of the best precision at such a recall or a higher one, (r,).

    Args:
        right: (r, hits), hits so far, at each hit.
        counted: (r, hits), boxes so far.
        total: (r, 1), objects.
    """
    precision = right / np.maximum(counted, np.spacing(1))
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    reached = np.searchsorted(RECALLS, right / np.maximum(total, 1), side="right")
    steps = np.diff(reached, axis=1, prepend=0)
    return np.asarray((best * steps).sum(axis=1) / len(RECALLS))


def recalls(of: ClassMatches, weights: Numbers) -> Numbers:
    """Return the share of objects (r, 10) that any box hits, at each IoU; NaN where there is no object."""
    images = weights.shape[1]
    hits = np.stack([np.bincount(of.images[hit], minlength=images) for hit in of.is_hit], axis=1)
    total = weights @ of.objects
    return np.asarray((weights @ hits) / np.where(total > 0, total, np.nan)[:, None])


def resampled(count: int) -> Iterator[Numbers]:
    """Yield weights (some, count) of images, a portion at a time: how often each is in a resample."""
    for rows in draws(count):
        yield np.stack([np.bincount(row, minlength=count) for row in rows]).astype(np.float64)


def of_resamples(matches: Matches, size: str, count: Callable[[ClassMatches, Numbers], Numbers]) -> Numbers:
    """Return the scores (1000, classes, 10) of resamples of the images.

    Args:
        matches: of the images.
        size: one of `SIZES`.
        count: `average_precisions` or `recalls`.
    """
    portions = [
        np.stack([count(each, weights) for each in matches.of[size]], axis=1) for weights in resampled(matches.images)
    ]
    return np.concatenate(portions)


def mean(values: Numbers) -> Numbers:
    """Return the means over the classes, (r,), of scores (r, classes, ...); classes without an object do not count."""
    flat = values.reshape(*values.shape[:2], -1).mean(axis=2)
    known = ~np.isnan(flat)
    return np.asarray(np.where(known, flat, 0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan))


def ap50(values: Numbers) -> Numbers:
    """Return AP at an IoU of .5."""
    return mean(values[..., :1])


def ap75(values: Numbers) -> Numbers:
    """Return AP at an IoU of .75."""
    return mean(values[..., 5:6])


def overall(matches: Matches, precisions: Numbers) -> dict[str, MetricValue]:
    """Return AP, AP50, AP75 and AR over all classes.

    Args:
        matches: of the images.
        precisions: of resamples, as `of_resamples` gives them for all sizes.
    """
    values, reached = exact(matches, "all"), exact_recalls(matches, "all")
    found = {name: score(one(values), one(precisions)) for name, one in (("ap", mean), ("ap50", ap50), ("ap75", ap75))}
    return {**found, "ar": score(mean(reached), mean(of_resamples(matches, "all", recalls)))}


def per_class(matches: Matches, precisions: Numbers) -> dict[str, tuple[MetricValue, ...]]:
    """Return AP and AP50 of each class."""
    values, classes = exact(matches, "all"), range(precisions.shape[1])
    return {
        name: tuple(score(one(values[:, [at]]), one(precisions[:, [at]])) for at in classes)
        for name, one in (("ap", mean), ("ap50", ap50))
    }


def per_size(matches: Matches) -> dict[str, dict[str, MetricValue]]:
    """Return objects, AP, AP50 and AR of small, medium and large ones; undefined where there are none."""
    found = {}
    for size in SIZES[1:]:
        count = sum(int(each.objects.sum()) for each in matches.of[size])
        precisions = of_resamples(matches, size, average_precisions)
        values, reached = exact(matches, size), exact_recalls(matches, size)
        found[size] = {
            "objects": MetricValue(count),
            "ap": score(mean(values), mean(precisions)),
            "ap50": score(ap50(values), ap50(precisions)),
            "ar": score(mean(reached), mean(of_resamples(matches, size, recalls))),
        }
    return found


def difference(first: Matches, second: Matches, one: Summary) -> MetricValue:
    """Return a score of the second minus that of the first, by a paired bootstrap over the same images."""
    drawn = [one(of_resamples(each, "all", average_precisions)) for each in (first, second)]
    value = one(exact(second, "all")) - one(exact(first, "all"))
    return score(value, drawn[1] - drawn[0])


def exact(matches: Matches, size: str) -> Numbers:
    """Return the average precisions (1, classes, 10) that faster-coco-eval gives."""
    return np.asarray(matches.precision[..., SIZES.index(size)].mean(axis=1).T[None])


def exact_recalls(matches: Matches, size: str) -> Numbers:
    """Return the recalls (1, classes, 10) that it gives."""
    return np.asarray(matches.recall[..., SIZES.index(size)].T[None])


def score(value: Numbers, drawn: Numbers) -> MetricValue:
    """Return a score (1,) with the interval that its resamples (r,) give."""
    if np.isnan(value[0]):
        return MetricValue(None)
    known = drawn[~np.isnan(drawn)]
    return middle(float(value[0]), known) if len(known) else MetricValue(float(value[0]))
