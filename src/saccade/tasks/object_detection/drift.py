"""Whether new images are still like those of a detector: how they look, how many objects are found, which and how."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.drift.drift import Shift
from saccade.drift.two_sample_tests import LEAST, number_shift
from saccade.tasks.image_drift import ImageDrift, ImageTest, Kind
from saccade.tasks.image_drift_checking import check_images
from saccade.tasks.image_drift_comparing import DIGITS, Answers, Judge, most_moved
from saccade.tasks.image_views import Floats, Views
from saccade.tasks.new_images import Source
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.detections import MOST
from saccade.tasks.object_detection.predictor import threshold_of

MIX = (
    "Are there really more or fewer in the images now? Then only what is shown has changed; else objects are missed "
    "or invented more often."
)
SURE = "The network is less sure of what it finds: expect more missed and invented objects."
SURER = "The network is surer of what it finds: easier images, or fewer kinds of objects."
SIZE = "Is the camera nearer or farther away? Objects of another size than in training are found less well."

NAMED = 5
"""Classes that the sentence on what is found names."""


@dataclass(frozen=True)
class _Found:
    """What is found in n images.

    Attributes:
        counts: (n, c), objects of each class.
        sides: (n,), the median side of the objects, √(width · height), in pixels of what the network sees; NaN without.
        scores: (n,), the mean of the objects' scores; NaN without.
    """

    counts: NDArray[np.int64]
    sides: Floats
    scores: Floats


def check(run: Run, source: Source, *, data: str | None = None) -> ImageDrift:
    """Return how new images differ from the validation images of a detector; as `check_images`."""
    answer = partial(_flat, overlap=run.recipe.overlap)
    return check_images(run, source, judge(run), data=data, answer=answer)


def judge(run: Run) -> Judge:
    """Return what says what the answers of a run are: the boxes from its threshold on."""
    return partial(_judge, classes=tuple(run.data["classes"]), threshold=threshold_of(run).value)


def _flat(maps: Any, *, overlap: float) -> Any:
    """Return maps as boxes, scores and classes one behind the other, (n, 100 · 6)."""
    boxes, scores, classes = decode(maps, overlap=overlap)
    ops = keras.ops
    return ops.concatenate([ops.reshape(boxes, (-1, MOST * 4)), scores, ops.cast(classes, "float32")], axis=1)


def _found(outputs: Floats, *, classes: int, threshold: float) -> _Found:
    """Return what is found in images, from flat answers (n, 100 · 6)."""
    boxes = outputs[:, : 4 * MOST].reshape(-1, MOST, 4)
    scores, numbers = outputs[:, 4 * MOST : 5 * MOST], outputs[:, 5 * MOST :].astype(np.int64)
    kept = (scores > 0) & (scores >= threshold)
    counts = np.stack([(kept & (numbers == at)).sum(axis=1) for at in range(classes)], axis=1)
    sides = np.sqrt(np.maximum(boxes[..., 2] - boxes[..., 0], 0) * np.maximum(boxes[..., 3] - boxes[..., 1], 0))
    there = kept.any(axis=1)
    middle, mean = np.full((2, len(outputs)), np.nan, np.float32)
    middle[there] = np.nanmedian(np.where(kept, sides, np.nan)[there], axis=1)
    mean[there] = np.nanmean(np.where(kept, scores, np.nan)[there], axis=1)
    return _Found(counts, middle, mean)


def _judge(reference: Views, new: Views, *, classes: Sequence[str], threshold: float) -> Answers:
    found = partial(_found, classes=len(classes), threshold=threshold)
    before, now = found(reference.outputs), found(new.outputs)
    kinds = np.unique(np.concatenate([_kind(before.counts), _kind(now.counts)]), axis=0, return_inverse=True)[1].ravel()
    tests = (*_numbers(before, now, classes, new), *_qualities(before, now, new))
    return Answers(tests, (kinds[: len(reference)], kinds[len(reference) :]), (_counted(before, now, classes),))


def _kind(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n, c + 1), by which images have the same answer: which classes are there, and how many objects, about."""
    several = np.log2(counts.sum(axis=1, keepdims=True) + 1).astype(np.int64)
    return np.concatenate([(counts > 0).astype(np.int64), several], axis=1)


def _numbers(before: _Found, now: _Found, classes: Sequence[str], new: Views) -> Iterator[ImageTest]:
    """Yield whether more or fewer objects are found in an image: of all classes, and of each."""
    pairs = [("number of objects", before.counts.sum(axis=1), now.counts.sum(axis=1))]
    if len(classes) > 1:
        pairs += [(f"number of '{name}'", before.counts[:, at], now.counts[:, at]) for at, name in enumerate(classes)]
    for name, *counts in pairs:
        one, other = (each.astype(np.float32) for each in counts)
        shift = number_shift(name, one, other)
        mean = [f"{each.mean():.2f} on average" for each in (one, other)]  # medians are often equal where means are not
        shift = replace(shift, before=mean[0], after=mean[1])
        yield _test(shift, "mix", f"The {name} in an image", MIX, one, other, new)


def _qualities(before: _Found, now: _Found, new: Views) -> Iterator[ImageTest]:
    """Yield whether what is found is of another size, or is found less surely, among images with any objects."""
    there, here = (~np.isnan(each.scores) for each in (before, now))
    if min(there.sum(), here.sum()) < LEAST:
        return
    seen = new.only(np.flatnonzero(here))
    sides, scores = ((before.sides[there], now.sides[here]), (before.scores[there], now.scores[here]))
    shift = number_shift("size of objects", *sides, digits=DIGITS)
    yield _test(shift, "answer", "The size of objects", SIZE, *sides, seen)
    advice = SURE if np.median(scores[1]) <= np.median(scores[0]) else SURER
    shift = number_shift("confidence", *scores, digits=DIGITS)
    yield _test(shift, "answer", "The confidence", advice, *scores, seen)


def _test(shift: Shift, kind: Kind, subject: str, advice: str, before: Floats, now: Floats, new: Views) -> ImageTest:
    severity = "warning" if kind == "mix" else ""
    examples = most_moved(before, now, new.names)
    return ImageTest(shift=shift, kind=kind, subject=subject, advice=advice, examples=examples, severity=severity)


def _counted(before: _Found, now: _Found, classes: Sequence[str]) -> str:
    mean = now.counts.mean(axis=0)
    most = np.argsort(-mean, kind="stable")[:NAMED].tolist()
    named = ", ".join(f"'{classes[each]}' {mean[each]:.2f}" for each in most if mean[each])
    many = f"{now.counts.sum(axis=1).mean():.2f} objects an image, {before.counts.sum(axis=1).mean():.2f} in validation"
    none = f"in {(now.counts.sum(axis=1) == 0).mean():.0%} of the images nothing"
    return f"Found: {many}{f' ({named})' if len(classes) > 1 and named else ''}; {none}."
