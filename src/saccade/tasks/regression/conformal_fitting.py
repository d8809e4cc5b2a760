"""Run → intervals.json: how far off its network is on the validation images; the test split is not read."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.run import Run
from saccade.inference import load_model
from saccade.tasks import image_evaluating
from saccade.tasks.regression.conformal import Intervals, fit
from saccade.tasks.regression.measured_images import MeasuredImages


def fit_intervals(run: Run, dataset: MeasuredImages) -> Intervals | None:
    """Return the intervals of a run's network and write them into it; None where there is no validation split."""
    rows = dataset.rows("validation")
    if not len(rows):
        return None
    found = fit(answers(load_model(run), dataset, rows) - dataset.numbers[rows])
    run.save(found)
    return found


def answers(model: object, dataset: MeasuredImages, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the network's number for some images, (n,); raises RunError where one is not finite."""
    return image_evaluating.answers(model, dataset, rows)[:, 0].astype(np.float64)
