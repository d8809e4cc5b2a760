"""Out-of-fold probabilities: what networks say of pictures that they were not trained on."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade import training
from saccade.data.dataset import Dataset
from saccade.errors import TrainingInterrupted
from saccade.predicting import load_model, probabilities
from saccade.recipe import Recipe
from saccade.training.progress import Moment, Plan, Progress

Rows = NDArray[np.int64]


def out_of_fold(recipe: Recipe, dataset: Dataset, folds: Rows, *, progress: Progress) -> NDArray[np.float32]:
    """Return probabilities (n, k): each row's come from a network trained on the other folds.

    Args:
        recipe: of each training; nothing of its own validation is used, so it ends after its last epoch.
        dataset: only the rows to be answered.
        folds: (n,), the fold of each row.
        progress: hears of each training.

    Raises:
        TrainingInterrupted: stopped by the user; nothing is left behind.
    """
    answers = np.empty((len(folds), len(dataset.classes)), np.float32)
    count = int(folds.max()) + 1
    for fold in range(count):
        held_out = np.flatnonzero(folds == fold)
        parts = np.where(folds == fold, "", "train").astype("<U10")
        part = dataset.with_split(parts, np.full(len(parts), "folded"))
        answers[held_out] = _answer(recipe, part, held_out, progress=_Fold(progress, fold + 1, count))
    return answers


def _answer(recipe: Recipe, dataset: Dataset, rows: Rows, *, progress: Progress) -> NDArray[np.float32]:
    """Train in a folder that does not stay, and return what the network says of some rows."""
    with tempfile.TemporaryDirectory(prefix="saccade-") as folder:
        try:
            run = training.train(recipe, dataset, folder=Path(folder) / "fold", progress=progress)
        except TrainingInterrupted:
            raise TrainingInterrupted("Stopped. Nothing was written.") from None
        return probabilities(load_model(run), dataset.images, rows=rows)


class _Fold(Progress):
    """Tells another progress which fold is trained, instead of a folder that does not stay."""

    def __init__(self, progress: Progress, fold: int, folds: int) -> None:
        self._progress, self._name = progress, Path(f"fold {fold} of {folds}")

    def planned(self, plan: Plan) -> None:
        self._progress.planned(replace(plan, run=self._name))

    def moved(self, moment: Moment) -> None:
        self._progress.moved(moment)

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        self._progress.epoch_done(row, best=best)

    def note(self, text: str) -> None:
        self._progress.note(text)
