"""Folds: each image is judged by a network that saw neither it, nor its duplicates, nor others of its group."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from saccade.core.errors import DataError
from saccade.modalities.images.audit import near_duplicate_groups
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.splitting import tied

Rows = NDArray[np.int64]


def assign_folds(dataset: ImageDataset, folds: int, *, seed: int, quiet: bool = False) -> Rows:
    """Return the fold, from 0, of every row: classes in equal shares, duplicates and rows of a group together.

    Args:
        dataset: only the rows to be folded.
        folds: how many.
        seed: another seed, other folds.
        quiet: no progress bars.

    Raises:
        DataError: one fold, or more than independent images of any class.
    """
    alike = near_duplicate_groups(dataset.images, vectors=dataset.vectors, quiet=quiet)
    units = np.unique(tied(dataset, alike), return_inverse=True)[1]
    largest = max(len(np.unique(units[dataset.labels == label])) for label in np.unique(dataset.labels))
    if not 2 <= folds <= largest:
        raise DataError(
            f"Cannot cut {dataset.name} into {folds} folds: it takes two at least, and the largest class has {largest} "
            "independent images (or groups) outside of the test split."
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    found = np.empty(len(units), np.int64)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # such a class is not judged
        for fold, (_, held_out) in enumerate(splitter.split(units, dataset.labels, units)):
            found[held_out] = fold
    return found
