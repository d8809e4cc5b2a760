"""Whether new images are still like those of a classifier: which classes, how sure, and how many are none of them."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from saccade.core.run import Run
from saccade.drift.drift import LARGE, Shift
from saccade.drift.two_sample_tests import mix_shift, number_shift
from saccade.tasks.classification import image_description
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.novelty import KnownFeatures, Novelty
from saccade.tasks.classification.predictor import novelty_of
from saccade.tasks.image_drift import SHOWN, ImageDrift, ImageTest
from saccade.tasks.image_drift_checking import check_images
from saccade.tasks.image_drift_comparing import DIGITS, Answers, Judge, most_moved
from saccade.tasks.image_views import Views
from saccade.tasks.new_images import Source

MIX = "Are there really more of them now? Then only the mix has changed; else they are taken for something else."
SURE = "The network is less sure of these: expect more mistakes."
SURER = "The network is surer of these: easier images, or fewer kinds of them."
NONE = "Look at them: damaged or foreign images, or a class that the network has never seen?"

Floats = NDArray[np.float32]


def check(run: Run, source: Source, *, data: str | None = None) -> ImageDrift:
    """Return how new images differ from the validation images of a classifier; as `check_images`."""
    return check_images(run, source, judge(run), data=data)


def judge(run: Run) -> Judge:
    """Return what says what the answers of a run are."""
    calibration = run.load(Calibration)
    known, novelty = run.load(KnownFeatures), novelty_of(run)
    return partial(
        _judge,
        classes=tuple(run.data["classes"]),
        temperature=calibration.temperature if calibration else 1.0,
        refusing=(known, novelty) if known and novelty else None,
    )


def _judge(
    reference: Views,
    new: Views,
    *,
    classes: tuple[str, ...],
    temperature: float,
    refusing: tuple[KnownFeatures, Novelty] | None,
) -> Answers:
    before, now = (calibrated(each.outputs, temperature=temperature) for each in (reference, new))
    chosen = before.argmax(axis=1), now.argmax(axis=1)
    tests = [_mixed(*chosen, classes, now, new), _sure(before.max(axis=1), now.max(axis=1), new)]
    refused = _refused(new, *refusing) if refusing and refusing[1].decides else None
    if refused is not None and refusing:
        tests += _none_of_them(refused, refusing[1], new)
    return Answers(tuple(tests), chosen, tuple(_counted(now, chosen[1], classes, refused, refusing)))


def _mixed(
    before: NDArray[np.int64], now: NDArray[np.int64], classes: tuple[str, ...], probabilities: Floats, new: Views
) -> ImageTest:
    counts = np.stack([np.bincount(each, minlength=len(classes)) for each in (before, now)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    grown = int((shares[1] - shares[0]).argmax())
    surest = np.argsort(-np.where(now == grown, probabilities[:, grown], -1), kind="stable")[:SHOWN]
    return ImageTest(
        shift=mix_shift("predicted classes", counts, classes),
        kind="mix",
        subject="How often each class is predicted",
        advice=MIX,
        examples=tuple(new.names[row] for row in surest.tolist() if now[row] == grown),
        severity="warning",
    )


def _sure(before: Floats, now: Floats, new: Views) -> ImageTest:
    return ImageTest(
        shift=number_shift("confidence", before, now, digits=DIGITS),
        kind="answer",
        subject="Confidence",
        advice=SURE if np.median(now) <= np.median(before) else SURER,
        examples=most_moved(before, now, new.names),
    )


def _refused(new: Views, known: KnownFeatures, novelty: Novelty) -> NDArray[np.bool_]:
    """Return (m,) which new images are none of the classes; the strangest of them first has the largest novelty."""
    return novelty.refused(np.asarray(image_description.novelty(new.descriptions, known), np.float64))


def _none_of_them(refused: NDArray[np.bool_], novelty: Novelty, new: Views) -> Iterator[ImageTest]:
    """Yield whether more images are refused than was promised, the calibration of the promise taken into account.

    Of images like those of validation, (n,), one is refused with a probability of Beta(k, n + 1 - k), so that of m
    images a beta-binomial number is (Vovk 2012, arXiv 1209.2673).
    """
    images, count = len(novelty.known), int(refused.sum())
    places = int(np.floor(novelty.rate * (images + 1) + 1e-9))
    rate = count / len(refused)
    chance = float(betabinom.sf(count - 1, len(refused), places, images + 1 - places))
    shift = Shift(
        "none of the classes", "values", max(0.0, rate - novelty.rate), chance, f"{novelty.rate:.1%}", f"{rate:.1%}"
    )
    yield ImageTest(
        shift=shift,
        kind="look",
        subject="The share of images that are none of the classes",
        advice=NONE,
        examples=tuple(new.names[row] for row in np.flatnonzero(refused)[:SHOWN].tolist()),
        severity="severe" if rate >= LARGE else "warning",
        least=novelty.rate,
        is_exact=True,
    )


def _counted(
    probabilities: Floats,
    chosen: NDArray[np.int64],
    classes: tuple[str, ...],
    refused: NDArray[np.bool_] | None,
    refusing: tuple[KnownFeatures, Novelty] | None,
) -> Iterator[str]:
    counts = np.bincount(chosen, minlength=len(classes))
    most = np.argsort(-counts, kind="stable")[:5]
    named = ", ".join(f"'{classes[each]}' {counts[each] / len(chosen):.0%}" for each in most.tolist() if counts[each])
    yield f"Predicted: {named}; median confidence {np.median(probabilities.max(axis=1)):.2f}."
    if refused is not None and refusing:
        rate = refusing[1].rate
        yield f"None of the classes: {int(refused.sum()):,} of {len(refused):,}; {rate:.1%} were promised."
