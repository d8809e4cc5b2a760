"""Whether new images are still like those of a multi-label run: how they look, and how often each label is given."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.core.run import Run
from saccade.drift.drift import Shift
from saccade.drift.two_sample_tests import independence
from saccade.tasks.image_drift import SHOWN, ImageDrift, ImageTest
from saccade.tasks.image_drift_checking import check_images
from saccade.tasks.image_drift_comparing import Answers, Judge
from saccade.tasks.image_views import Views
from saccade.tasks.multi_label.thresholds import Thresholds, halves
from saccade.tasks.new_images import Source

MIX = "Do more or fewer images really have it now? Then only what is shown has changed; else labels are mistaken more."

Given = NDArray[np.bool_]


def check(run: Run, source: Source, *, data: str | None = None) -> ImageDrift:
    """Return how new images differ from the validation images of a multi-label run; as `check_images`."""
    return check_images(run, source, judge(run), data=data)


def judge(run: Run) -> Judge:
    """Return what says what the answers of a run are."""
    labels = tuple(run.data["classes"])
    thresholds = run.load(Thresholds) or halves(labels)
    return partial(_judge, labels=labels, least=thresholds.values)


def _judge(reference: Views, new: Views, *, labels: tuple[str, ...], least: NDArray[np.float64]) -> Answers:
    before, now = (np.asarray(each.outputs >= least) for each in (reference, new))
    tests = [_rate(f"label {name}", before[:, at], now[:, at], new) for at, name in enumerate(labels)]
    tests.append(_rate("no label", np.asarray(~before.any(axis=1)), np.asarray(~now.any(axis=1)), new))
    sets = np.unique(np.concatenate([before, now]), axis=0, return_inverse=True)[1].ravel()
    return Answers(tuple(tests), (sets[: len(before)], sets[len(before) :]), tuple(_counted(now, labels)))


def _rate(name: str, before: Given, now: Given, new: Views) -> ImageTest:
    """Return whether a label is given more or less often."""
    rates = before.mean(), now.mean()
    counts = np.array([[each.sum(), (~each).sum()] for each in (before, now)])
    before_said, now_said = (f"{rate:.1%}" for rate in rates)
    shift = Shift(name, "values", float(abs(rates[1] - rates[0])), independence(counts), before_said, now_said)
    telling = np.flatnonzero(now if rates[1] >= rates[0] else ~now)[:SHOWN].tolist()
    return ImageTest(
        shift=shift,
        kind="mix",
        subject=f"How often '{name.removeprefix('label ')}' is given",
        advice=MIX,
        examples=tuple(new.names[row] for row in telling),
        severity="warning",
    )


def _counted(given: Given, labels: tuple[str, ...]) -> Iterator[str]:
    rates = given.mean(axis=0)
    most = np.argsort(-rates, kind="stable")[:5].tolist()
    named = ", ".join(f"'{labels[each]}' {rates[each]:.0%}" for each in most)
    yield f"Labels given: {named}; none at all {(~given.any(axis=1)).mean():.0%}."
