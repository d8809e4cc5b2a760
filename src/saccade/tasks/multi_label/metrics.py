"""How good probabilities and labels are, with bootstrap intervals over images."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import draws, middle, wilson
from saccade.core.metric_value import MetricValue, PerClass

Truth = NDArray[np.uint8]
Numbers = NDArray[np.float64]


def average_precisions(truth: Truth, answers: NDArray[np.float32], weights: Numbers | None = None) -> Numbers:
    """Return the average precision of each label, (k,), or of each of r weightings of the images, (r, k).

    NaN where no image has the label. Equal probabilities count together, as in scikit-learn.

    Args:
        truth: (n, k) of 0 and 1.
        answers: (n, k), probabilities.
        weights: (r, n), how often each image counts; None: once.
    """
    counted = np.ones((1, len(truth))) if weights is None else weights
    columns = [_average_precision(truth[:, at], answers[:, at], counted) for at in range(truth.shape[1])]
    found = np.stack(columns, axis=1)
    return found[0] if weights is None else found


def _average_precision(truth: Truth, answers: NDArray[np.float32], weights: Numbers) -> Numbers:
    order = np.argsort(-answers, kind="stable")
    scores, counts = answers[order], weights[:, order]
    positive = counts * truth[order]
    ends = np.searchsorted(-scores, -scores, side="right") - 1  # where the images of equal probability end
    seen, right = np.cumsum(counts, axis=1)[:, ends], np.cumsum(positive, axis=1)[:, ends]
    total = positive.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((positive * right / np.maximum(seen, 1)).sum(axis=1) / np.where(total > 0, total, np.nan))


def resampled(count: int) -> Iterator[Numbers]:
    """Yield weights (some, count) of images, a portion at a time: how often each is in a resample."""
    for rows in draws(count):
        yield np.stack([np.bincount(row, minlength=count) for row in rows]).astype(np.float64)


def mean_average_precision(truth: Truth, answers: NDArray[np.float32]) -> tuple[MetricValue, PerClass]:
    """Return the mean of the labels' average precisions, and those of each."""
    value = average_precisions(truth, answers)
    found = np.concatenate([average_precisions(truth, answers, weights) for weights in resampled(len(truth))])
    columns = [_score(float(value[at]), found[:, at]) for at in range(truth.shape[1])]
    return _score(_mean(value), _means(found)), PerClass(tuple(columns))


def difference(truth: Truth, first: NDArray[np.float32], second: NDArray[np.float32]) -> MetricValue:
    """Return mean average precision of the second minus that of the first, by a paired bootstrap over images."""
    value = _mean(average_precisions(truth, second)) - _mean(average_precisions(truth, first))
    gaps = [
        _means(average_precisions(truth, second, weights)) - _means(average_precisions(truth, first, weights))
        for weights in resampled(len(truth))
    ]
    return _score(value, np.concatenate(gaps))


def _mean(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _means(values: Numbers) -> Numbers:
    """Return the mean of each row without its NaN; NaN where there is nothing else."""
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan))


def _score(value: float, found: Numbers) -> MetricValue:
    if np.isnan(value):
        return MetricValue(None)
    known = found[~np.isnan(found)]
    return middle(value, known) if len(known) else MetricValue(value)


def of_labels(truth: Truth, given: Truth) -> dict[str, MetricValue | PerClass]:
    """Return F1 over all labels and each, precision, recall, and the share of images whose labels are all right.

    Args:
        truth: (n, k), 1 where an image has a label.
        given: (n, k), 1 where it is given it.
    """
    both, either = (truth & given).astype(np.float64), (truth.astype(np.float64) + given)
    values, micro, macro = [], [], []
    for weights in resampled(len(truth)):
        hits, among = weights @ both, weights @ either
        values.append(_f1(hits, among))
        micro.append(_f1(hits.sum(axis=1), among.sum(axis=1)))
        macro.append(_means(values[-1]))
    each = _f1(both.sum(axis=0), either.sum(axis=0))
    found = np.concatenate(values)
    per_label = PerClass(tuple(_score(float(each[at]), found[:, at]) for at in range(truth.shape[1])))
    right = (truth == given).all(axis=1)
    return {
        "micro_f1": _score(float(_f1(both.sum(), either.sum())), np.concatenate(micro)),
        "macro_f1": _score(_mean(each), np.concatenate(macro)),
        "exact_match": wilson(np.array([right.sum()]), np.array([len(right)]))[0],
        "f1": per_label,
        "precision": PerClass(wilson(_counts(truth & given), _counts(given))),
        "recall": PerClass(wilson(_counts(truth & given), _counts(truth))),
        "support": PerClass(tuple(MetricValue(int(count)) for count in truth.sum(axis=0))),
    }


def _f1(hits: Numbers, among: Numbers) -> Numbers:
    """Return 2 · hits / (there + given); NaN where there is nothing."""
    return np.asarray(2 * hits / np.where(among > 0, among, np.nan))


def _counts(which: Truth) -> NDArray[np.int64]:
    return np.asarray(which.sum(axis=0), np.int64)
