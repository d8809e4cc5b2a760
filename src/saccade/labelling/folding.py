"""Folds: each picture is judged by a network that saw neither it, nor its twins, nor others of its group."""

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

from saccade.auditing import twin_groups
from saccade.data.dataset import Dataset
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
    units = _units(dataset, quiet=quiet)
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


def _units(dataset: Dataset, *, quiet: bool) -> Rows:
    """Return a number a row, equal for rows that are joined by twins or groups, directly or through others."""
    twins = twin_groups(dataset.images, quiet=quiet)
    if dataset.groups is None:
        return twins
    grouped = np.flatnonzero(dataset.groups != "")
    _, groups = np.unique(dataset.groups[grouped], return_inverse=True)
    # a graph of rows, then twin groups, then named groups: each row is tied to those it belongs to
    rows, count = np.arange(len(twins)), len(twins)
    start = np.concatenate([rows, grouped])
    end = np.concatenate([count + twins, count + twins.max() + 1 + groups])
    size = int(end.max()) + 1
    graph = coo_array((np.ones(len(start), np.bool_), (start, end)), shape=(size, size))
    return np.unique(connected_components(graph, directed=False)[1][:count], return_inverse=True)[1].astype(np.int64)
