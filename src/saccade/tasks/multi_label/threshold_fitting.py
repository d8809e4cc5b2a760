"""Run → thresholds.json: what the validation images say of its probabilities; the test split is not read."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.inference import load_model, probabilities
from saccade.tasks.multi_label.tagged_images import TaggedImages
from saccade.tasks.multi_label.thresholds import Thresholds, choose


def fit_thresholds(run: Run, dataset: TaggedImages) -> Thresholds | None:
    """Return the thresholds of a run's network and write them into it; None where there is no validation split."""
    rows = dataset.rows("validation")
    if not len(rows):
        return None
    found = choose(dataset.of("validation"), answers(load_model(run), dataset, rows), dataset.tags)
    run.save(found)
    return found


def answers(model: object, dataset: TaggedImages, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the network's probabilities for some images, (n, k); raises RunError where one is not finite."""
    found = probabilities(model, dataset.images, rows=rows)
    if not np.isfinite(found).all():
        raise RunError("The network answers with infinite numbers: its training diverged. Lower --learning-rate.")
    return found
