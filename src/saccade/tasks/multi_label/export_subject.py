"""A multi-label classifier as the subject of an export, and when a file answers like it."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.export.parity import Criterion, Named, Tolerance
from saccade.export.subject import Subject
from saccade.inference import Network
from saccade.tasks.image_exports import image_subject, taking_bytes
from saccade.tasks.multi_label.predictor import PROBABILITIES
from saccade.tasks.multi_label.thresholds import Thresholds, halves

TOLERANCES = {  # of probabilities, and of the images with the very same labels
    "float32": Tolerance(difference=1e-4, agreement=0.99),
    "float16": Tolerance(difference=0.02, agreement=0.98),
    "bfloat16": Tolerance(difference=0.1, agreement=0.97),
    "int8": Tolerance(difference=0.25, agreement=0.9),
}


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a multi-label classifier is made of; image bytes go in, probabilities come out."""
    thresholds = run.load(Thresholds) or halves(tuple(run.data["classes"]))
    agreement = partial(_agreement, thresholds=thresholds.values)
    criterion = Criterion(_differences, agreement, TOLERANCES[precision])
    answer = Network(model)
    return image_subject(
        run,
        network=taking_bytes(model),
        outputs=lambda images: {PROBABILITIES: answer(images)},
        criterion=criterion,
        data=data,
        quiet=quiet,
    )


def _differences(found: Named, expected: Named) -> dict[str, float]:
    return {name: float(np.abs(found[name] - expected[name]).max()) for name in found}


def _agreement(found: Named, expected: Named, *, thresholds: NDArray[np.float64]) -> float:
    first, second = (each[PROBABILITIES] >= thresholds for each in (found, expected))
    return float((first == second).all(axis=1).mean())
