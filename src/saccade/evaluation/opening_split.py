"""A split that is to be scored: of the run's own data, or other labelled data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS, Dataset
from saccade.core.errors import RunError, unknown
from saccade.core.other_data import OTHER, Other
from saccade.core.run import Run
from saccade.tasks import base

Data_co = TypeVar("Data_co", bound=Dataset, covariant=True)


@dataclass(frozen=True)
class OpenedSplit(Generic[Data_co]):
    """A split that is to be scored.

    Attributes:
        run: whose network is scored.
        dataset: the run's own data; behind them, as the split "other", those that are not.
        split: "test", "validation", "train"; "other".
        other: what to know of other data; None for the run's own.
    """

    run: Run
    dataset: Data_co
    split: str
    other: Other | None

    @property
    def rows(self) -> NDArray[np.int64]:
        """(n,), where its inputs are in the data."""
        return self.dataset.rows(self.split)


def open_split(
    run: Run,
    *,
    split: str | None,
    data: str | None,
    quiet: bool,
    known: Sequence[str] = SPLITS,
    **options: str,
) -> OpenedSplit[Any]:
    """Return the split that is to be scored; the data are of the class that the run's task has for them.

    Args:
        run: a trained run.
        split: "test", or another; None: "test". Of other data: a split of theirs; None: all of them.
        data: where the run's own data lie now, when they or the run have moved; or other data.
        quiet: no progress bars.
        known: the splits that the task has.
        **options: how to read other data, as `Task.own_or_other` takes them.

    Raises:
        DataError: the data cannot be read, or have no labels that the run knows.
        RunError: the split is empty, or the run's own data have changed.
    """
    if split is not None and split not in known:
        raise unknown("split", split, known)
    if data is None:
        dataset, other = base.reload(run, quiet=quiet), None
    else:
        dataset, other = base.own_or_other(run, data=data, split=split or "", quiet=quiet, **options)
    opened = OpenedSplit(run, dataset, OTHER if other else split or "test", other)
    if not len(opened.rows):
        raise RunError(
            f"There are no {opened.split} {dataset.noun} in this run. Train a new one with --{opened.split} 0.15."
        )
    return opened
