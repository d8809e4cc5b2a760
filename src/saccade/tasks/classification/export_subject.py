"""A classifier as the subject of an export."""

from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.export.subject import Subject
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import keras_answer
from saccade.tasks.classification.probability_parity import criterion
from saccade.tasks.classification.shipped_network import as_shipped
from saccade.tasks.image_exports import image_subject


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a classifier is made of; image bytes go in, calibrated probabilities come out."""
    answer, calibration = keras_answer(run, model), run.load(Calibration)
    return image_subject(
        run,
        network=as_shipped(model, calibration.temperature if calibration else 1.0),
        outputs=lambda images: {"probabilities": answer(images)},
        criterion=criterion(precision),
        data=data,
        quiet=quiet,
    )
