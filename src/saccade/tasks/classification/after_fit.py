"""What a trained classifier learns from its validation images: how sure it may be, and what it does not know."""

from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.calibration_fitting import calibrate
from saccade.tasks.classification.novelty_fitting import fit_novelty


def after_fit(run: Run, dataset: ImageDataset) -> None:
    """Write calibration.json, and novelty.json with what belongs to it; the test split is not read."""
    calibrate(run, dataset)
    fit_novelty(run, dataset)
