"""A regression as the subject of an export, and when a file answers like it."""

from functools import partial

import numpy as np

from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.export.parity import Criterion, Named, Tolerance
from saccade.export.subject import Subject
from saccade.inference import Network
from saccade.tasks.image_exports import image_subject, taking_bytes
from saccade.tasks.regression.predictor import VALUE

SAME = 0.1
"""Standard deviations of the training numbers that two answers may be apart and still count as the same."""

TOLERANCES = {  # in the same unit; as for probabilities, which move by a like part of their range
    "float32": Tolerance(difference=1e-3, agreement=0.99),
    "float16": Tolerance(difference=0.05, agreement=0.99),
    "bfloat16": Tolerance(difference=0.2, agreement=0.97),
    "int8": Tolerance(difference=1.0, agreement=0.9),
}


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a regression is made of; image bytes go in, numbers come out."""
    spread = run.data["targets"]["train"]["std"]
    criterion = Criterion(
        partial(_differences, spread=spread),
        partial(_agreement, spread=spread),
        TOLERANCES[precision],
        " standard deviations",
    )
    answer = Network(model)
    return image_subject(
        run,
        network=taking_bytes(model),
        outputs=lambda images: {VALUE: answer(images)},
        criterion=criterion,
        data=data,
        quiet=quiet,
    )


def _differences(found: Named, expected: Named, *, spread: float) -> dict[str, float]:
    return {name: float(np.abs(found[name] - expected[name]).max()) / spread for name in found}


def _agreement(found: Named, expected: Named, *, spread: float) -> float:
    return float((np.abs(found[VALUE] - expected[VALUE]) <= SAME * spread).mean())
