"""Run + image → Inspection: the number with its interval among those of the training, and the image's way."""

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
from saccade.tasks.regression.conformal import Intervals, Level
from saccade.tasks.regression.inspection.number_line import NumberLine, number_line
from saccade.tasks.regression.measured_images import MeasuredImages
from saccade.tasks.regression.predictor import Estimate, estimates

_TEMPLATE = Path(__file__).with_name("image_lead.html.j2")


def inspector_of(run: Run, model: Model, *, data: str | None = None) -> ImageInspector:
    """Return what looks at images in the network of a run.

    Args:
        run: a trained run.
        model: its network.
        data: where the data lie now, when they or the run have moved.

    Raises:
        SaccadeError: `data` was given and cannot be used.
    """
    intervals, target = run.load(Intervals), str(run.data["target"])
    level = intervals.usual if intervals else None
    interpret = partial(_interpreted, target=target, level=level)
    return image_inspector(
        run,
        model,
        data=data,
        classes=(target,),
        interpret=lambda dataset: partial(interpret, dataset=dataset),
        noun="number",
        label=lambda text: f"{float(text):.6g}",
    )


def _interpreted(
    answers: NDArray[np.float32],
    image: InputImage,
    *,
    dataset: MeasuredImages | None,
    target: str,
    level: Level | None,
) -> Meaning:
    (estimate,) = estimates(answers[None], level)
    true = float(image.label) if image.label else None
    line = number_line(dataset.of("train"), estimate, true) if dataset else None
    return Meaning(estimate, _lead(estimate, true, target, line))


def _lead(estimate: Estimate, true: float | None, target: str, line: NumberLine | None) -> Markup:
    known = {"is_known": true is not None, "number": true}
    return Markup(pages.render(_TEMPLATE, estimate=estimate, target=target, line=line, **known))
