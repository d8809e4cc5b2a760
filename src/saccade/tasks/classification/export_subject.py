"""A classifier as the subject of an export."""

from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.export.subject import Subject
from saccade.tasks.classification.answering_network import answering_network
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.novelty import NOVELTY, KnownFeatures
from saccade.tasks.classification.predictor import open_predictor
from saccade.tasks.classification.probability_parity import criterion
from saccade.tasks.classification.shipped_network import as_shipped
from saccade.tasks.image_exports import image_subject


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a classifier is made of; image bytes go in, calibrated probabilities come out.

    So does the novelty, but for smaller precisions, which round away what it is made of: such files never say "none".
    """
    predictor, calibration = open_predictor(run, model=model), run.load(Calibration)
    novelty, known = predictor.novelty, run.load(KnownFeatures)
    in_full = precision == "float32" and novelty is not None
    answering = answering_network(model, run.recipe.test_time_augmentation, known=known if in_full else None)
    return image_subject(
        run,
        network=as_shipped(answering, calibration.temperature if calibration else 1.0),
        outputs=predictor.outputs,
        criterion=criterion(precision),
        left_out=() if in_full or not novelty else (NOVELTY,),
        data=data,
        quiet=quiet,
    )
