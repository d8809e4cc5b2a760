"""Whether new images are still like those of a regression: how they look, and which numbers are predicted."""

from functools import partial

import numpy as np

from saccade.core.run import Run
from saccade.drift.two_sample_tests import number_shift
from saccade.tasks.image_drift import ImageDrift, ImageTest
from saccade.tasks.image_drift_checking import check_images
from saccade.tasks.image_drift_comparing import Answers, Judge, most_moved
from saccade.tasks.image_views import Views
from saccade.tasks.new_images import Source

ALIKE = 10
"""Parts into which the predicted numbers are cut: those of one part are nearly the same answer."""

MIX = "Are the true numbers otherwise now? Then only what is measured has changed; else the network is mistaken more."


def check(run: Run, source: Source, *, data: str | None = None) -> ImageDrift:
    """Return how new images differ from the validation images of a regression; as `check_images`."""
    return check_images(run, source, judge(run), data=data)


def judge(run: Run) -> Judge:
    """Return what says what the answers of a run are."""
    return partial(_judge, target=str(run.data["target"]))


def _judge(reference: Views, new: Views, *, target: str) -> Answers:
    before, now = (each.outputs[:, 0] for each in (reference, new))
    test = ImageTest(
        shift=number_shift(f"predicted {target}", before, now),
        kind="mix",
        subject=f"The predicted {target}",
        advice=MIX,
        examples=most_moved(before, now, new.names),
        severity="warning",
    )
    ends = np.quantile(before, np.linspace(0, 1, ALIKE + 1)[1:-1])
    alike = np.searchsorted(ends, before), np.searchsorted(ends, now)
    low, middle, high = np.quantile(now, (0.05, 0.5, 0.95))
    counted = f"Predicted {target}: median {middle:.5g}, 9 of 10 between {low:.5g} and {high:.5g}."
    return Answers((test,), alike, (counted,))
