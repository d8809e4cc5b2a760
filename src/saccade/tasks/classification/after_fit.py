"""What a trained classifier learns from its validation images: how sure it may be, and what it does not know."""

from collections.abc import Sequence

from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification import race_text
from saccade.tasks.classification.calibration_fitting import calibrate
from saccade.tasks.classification.novelty_fitting import fit_novelty
from saccade.tasks.classification.predictor import novelty_of


def sentences(run: Run) -> Sequence[str]:
    """Return what a finished training says: the ways to train that were tried, and what it refuses to name."""
    novelty = novelty_of(run)
    return (*race_text.sentences(run), *(novelty.sentences if novelty else ()))


def after_fit(run: Run, dataset: ImageDataset) -> None:
    """Write calibration.json, and novelty.json with what belongs to it; the test split is not read."""
    calibrate(run, dataset)
    fit_novelty(run, dataset)
