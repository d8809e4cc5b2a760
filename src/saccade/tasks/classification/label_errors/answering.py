"""Out-of-fold probabilities: what networks say of images that they were not trained on."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.recipe import Recipe
from saccade.inference import probabilities
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import cross_fitting
from saccade.tasks.classification.trials.choosing import choose
from saccade.training.progress import Progress

Rows = NDArray[np.int64]


def out_of_fold(
    recipe: Recipe, dataset: ImageDataset, folds: Rows, *, remember: bool = True, progress: Progress
) -> NDArray[np.float32]:
    """Return probabilities (n, k): each row's come from a network trained on the other folds.

    Arguments and errors as `cross_fitting.out_of_fold`, which remembers them.
    """
    everything = np.full(len(folds), "train", "<U10")
    recipe, _ = choose(recipe, dataset.with_split(everything, everything))  # once, not for each fold
    answers = np.empty((len(folds), len(dataset.classes)), np.float32)
    marks = dataset.labels.tobytes()
    found = cross_fitting.out_of_fold(
        recipe, dataset, folds, _answer, marks=marks, remember=remember, progress=progress
    )
    for rows, arrays in found:
        answers[rows] = arrays["answers"]
    return answers


def _answer(network: Model, dataset: ImageDataset, rows: Rows) -> Mapping[str, Array]:
    return {"answers": probabilities(network, dataset.images, rows=rows)}
