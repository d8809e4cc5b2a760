"""Folds: each picture is judged by a network that saw neither it, nor its twins, nor others of its group."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from saccade.auditing import twin_groups
from saccade.data.dataset import Dataset
from saccade.data.splitting import tied
from saccade.errors import DataError

Rows = NDArray[np.int64]


def assign_folds(dataset: Dataset, folds: int, *, seed: int, quiet: bool = False) -> Rows:
    """Return the fold, from 0, of every row: classes in equal shares, twins and rows of a group together.

    Args:
        dataset: only the rows to be folded.
        folds: how many.
        seed: another seed, other folds.
        quiet: no progress bars.

    Raises:
        DataError: there are fewer independent pictures than folds.
    """
    units = np.unique(tied(dataset, twin_groups(dataset.images, quiet=quiet)), return_inverse=True)[1]
    if units.max() + 1 < folds:
        raise DataError(
            f"{dataset.name} has {units.max() + 1} independent pictures (or groups) outside of its test part, which "
            f"cannot be cut into {folds} folds. Add pictures, or use fewer folds."
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    found = np.empty(len(units), np.int64)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # such a class is not judged
        for fold, (_, held_out) in enumerate(splitter.split(units, dataset.labels, units)):
            found[held_out] = fold
    return found
