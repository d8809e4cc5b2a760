"""Run → calibration.json: what the validation split says of the network's probabilities; the test split is not read."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from saccade.core import registry
from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.inference import in_turn, load_model
from saccade.inference.quick_network import QuickNetwork
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.abstention_fitting import fit_levels
from saccade.tasks.classification.answering_network import answering_network
from saccade.tasks.classification.calibration import Calibration, calibrated

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0

FEWEST = 50
"""Validation images below which nothing is corrected: a handful says nothing of probabilities."""

PRIOR_SPREAD = 0.5
"""Of log(temperature) around 0: without it, twenty images that are all right would make the network certain."""


def calibrate(run: Run, dataset: ImageDataset) -> Calibration | None:
    """Return how the probabilities of the run's network are to be corrected, and write it into the run.

    Args:
        run: a trained run.
        dataset: its data with their splits; only the validation split is read.

    Returns:
        None when there is no validation split: then the probabilities stay as they are.
    """
    rows = dataset.rows("validation")
    if not len(rows):
        return None
    network = answering_network(load_model(run), run.recipe.test_time_augmentation, alone=True)
    labels, (answers, alone) = dataset.labels[rows], _answers(network, dataset, rows)
    found = replace(
        fit(labels, answers),
        only_class=_only_class(labels, answers, dataset.classes),
        accuracy_alone=None if alone is None else float((alone == labels).mean()),
    )
    run.save(found)
    return found


def _answers(
    network: Model, dataset: ImageDataset, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
    """Return the answers (n, k); and the classes (n,) that the images alone are taken for, where answers are means."""
    asked, alone = QuickNetwork(network), list[NDArray[np.int64]]()

    def answer(images: Array) -> NDArray[np.float32]:
        answers, *of_image = asked.outputs(images)
        alone.extend(each.argmax(axis=1) for each in of_image)
        return answers

    answers = in_turn(answer, dataset.images, len(dataset.classes), rows=rows)
    return answers, np.concatenate(alone) if alone else None


def _only_class(labels: NDArray[np.int64], answers: NDArray[np.float32], classes: tuple[str, ...]) -> str:
    """Return the class that is answered for every image, though they are of several; "" where several are answered."""
    predicted = np.unique(answers.argmax(axis=1))
    return classes[predicted[0]] if len(predicted) == 1 < len(np.unique(labels)) else ""


def fit(labels: NDArray[np.int64], answers: NDArray[np.float32]) -> Calibration:
    """Return the calibration of a network.

    Args:
        labels: (n,), the true classes of validation images.
        answers: (n, k), what the network says of them.
    """
    temperature = _temperature(labels, answers) if len(labels) >= FEWEST else 1.0
    after = calibrated(answers, temperature)
    return Calibration(
        temperature=temperature,
        images=len(labels),
        loss=_both("loss", labels, answers, after),
        error=_both("calibration_error", labels, answers, after),
        levels=fit_levels(labels, after),
    )


def _temperature(labels: NDArray[np.int64], answers: NDArray[np.float32]) -> float:
    """Return the temperature that makes the validation labels most probable, given that it is likely to be near 1."""

    def cost(logarithm: float) -> float:
        of_the_true_class = calibrated(answers, float(np.exp(logarithm)))[np.arange(len(labels)), labels]
        surprise = -np.log(np.maximum(of_the_true_class.astype(float), 1e-7)).sum()
        return float(surprise + logarithm**2 / (2 * PRIOR_SPREAD**2))

    best = minimize_scalar(
        cost, bounds=(np.log(MIN_TEMPERATURE), np.log(MAX_TEMPERATURE)), method="bounded", options={"xatol": 1e-4}
    )
    return round(float(np.exp(best.x)), 4)


def _both(
    metric: str, labels: NDArray[np.int64], before: NDArray[np.float32], after: NDArray[np.float32]
) -> tuple[float, float]:
    value = registry.load("metrics", metric).value
    return value(labels, before), value(labels, after)
