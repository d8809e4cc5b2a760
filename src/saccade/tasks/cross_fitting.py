"""Out-of-fold answers: what networks say of images that they were not trained on."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade import training
from saccade.core import backend
from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.cache import cache_folder, remembered
from saccade.core.errors import TrainingInterrupted
from saccade.core.recipe import Recipe
from saccade.inference import load_model
from saccade.modalities.images.data_identity import identity
from saccade.modalities.images.dataset import ImageDataset
from saccade.training.progress import Moment, Plan, Progress

Rows = NDArray[np.int64]
D = TypeVar("D", bound=ImageDataset)

VERSION = 1
"""Raised when the same search would give other answers, so that remembered ones are not used."""


def out_of_fold(
    recipe: Recipe,
    dataset: D,
    folds: Rows,
    answer: Callable[[Model, D, Rows], Mapping[str, Array]],
    *,
    marks: bytes,
    remember: bool = True,
    progress: Progress,
) -> Iterator[tuple[Rows, dict[str, Array]]]:
    """Yield of each fold its rows, and what is answered about them by a network trained on the other folds.

    Answers are remembered in the user's cache, fold by fold: a gallery or another table of the same search costs
    nothing, and a search that was stopped goes on where it was.

    Args:
        recipe: of each training; nothing of its own validation is used, so it ends after its last epoch.
        dataset: only the rows to be answered.
        folds: (n,), the fold of each row.
        answer: gives arrays by name, of a network, the data and some rows of it.
        marks: all that a person has marked on these rows, which is learnt: with others, nothing is remembered.
        remember: look into the cache, and write to it.
        progress: hears of each training.

    Raises:
        TrainingInterrupted: stopped by the user.
    """
    count = int(folds.max()) + 1
    for fold in range(count):
        splits = np.where(folds == fold, "", "train").astype("<U10")
        split, rows = dataset.with_split(splits, splits), np.flatnonzero(folds == fold)
        compute = partial(_answer, recipe, split, rows, answer, progress=_Fold(progress, fold + 1, count))
        memory = cache_folder("answers") / f"{_key(recipe, split, marks)}.npz"
        yield rows, remembered(memory, compute) if remember else dict(compute())


def _key(recipe: Recipe, dataset: ImageDataset, marks: bytes) -> str:
    """Return a digest of everything the answers of a fold depend on."""
    settings = recipe.model_dump_json(exclude={"name", "data", "overrides"})
    rows = hashlib.sha256("\0".join(dataset.names.tolist()).encode() + marks).hexdigest()
    return identity(dataset, VERSION, settings, backend.describe(), rows)


def _answer(
    recipe: Recipe, dataset: Any, rows: Rows, answer: Callable[..., Mapping[str, Array]], *, progress: Progress
) -> Mapping[str, Array]:
    """Train in a folder that does not stay, and return what the network answers for some rows."""
    with tempfile.TemporaryDirectory(prefix="saccade-") as folder:
        try:
            run = training.train(recipe, dataset, folder=Path(folder) / "fold", progress=progress, export=False)
        except TrainingInterrupted:
            raise TrainingInterrupted(
                "Stopped. Nothing was written but to the cache; the same command goes on after the last whole fold."
            ) from None
        return answer(load_model(run), dataset, rows)


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
