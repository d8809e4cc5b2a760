"""Run + image → Inspection: each label with its probability and threshold, and the image's way."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.inspection.image_input import InputImage
from saccade.inspection.inspection import Meaning
from saccade.tasks.image_inspector import ImageInspector, image_inspector
from saccade.tasks.multi_label.predictor import Labels, labels_of
from saccade.tasks.multi_label.reading import JOINT
from saccade.tasks.multi_label.tagged_images import NO_LABEL
from saccade.tasks.multi_label.thresholds import Thresholds, halves

MOST_LABELS = 20
"""Shown on the page: all that are given, then the most probable others."""

BETWEEN = ", "

_TEMPLATE = Path(__file__).with_name("image_lead.html.j2")


@dataclass(frozen=True)
class LabelRow:
    """What the page says of one label.

    Attributes:
        label: its name.
        probability: 0 to 1.
        threshold: from which on it is given, 0 to 1.
        given: whether the network gives it.
        true: whether the data give it; None where nothing is known.
    """

    label: str
    probability: float
    threshold: float
    given: bool
    true: bool | None


def inspector_of(run: Run, model: Model, *, data: str | None = None) -> ImageInspector:
    """Return what looks at images in the network of a run.

    Args:
        run: a trained run.
        model: its network.
        data: where the data lie now, when they or the run have moved.

    Raises:
        SaccadeError: `data` was given and cannot be used.
    """
    thresholds = run.load(Thresholds) or halves(tuple(run.data["classes"]))
    return image_inspector(
        run,
        model,
        data=data,
        interpret=lambda _: partial(_interpreted, thresholds=thresholds),
        noun="label",
        label=lambda text: BETWEEN.join(text.split(JOINT)) if text else NO_LABEL,
    )


def _interpreted(answers: NDArray[np.float32], image: InputImage, *, thresholds: Thresholds) -> Meaning:
    found = labels_of(answers, thresholds)
    rows = _rows(found, image.label, thresholds)
    shown = [each for each in rows if each.given] + [each for each in rows if not each.given]
    lead = pages.render(
        _TEMPLATE,
        found=found,
        rows=shown[: max(MOST_LABELS, len(found.labels))],
        count=len(rows),
        label=image.label,
        own=any(each.own for each in thresholds.labels),
        known=thresholds.images,
    )
    return Meaning(found, Markup(lead))


def _rows(found: Labels, said: str, thresholds: Thresholds) -> list[LabelRow]:
    """Return what is to be said of each label, the most probable first."""
    true = set(said.split(BETWEEN)) if said else None
    rows = [
        LabelRow(
            label=each.label,
            probability=found.probabilities[each.label],
            threshold=each.value,
            given=each.label in found.labels,
            true=None if true is None else each.label in true,
        )
        for each in thresholds.labels
    ]
    return sorted(rows, key=lambda row: -row.probability)
