"""What other data say of a run: which of them it has seen, the score without those, and a record beside its own."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import Dataset
from saccade.core.metric_value import MetricValue
from saccade.core.other_data import LEARNT_FROM, Other
from saccade.core.result import Result
from saccade.core.run import Run

Seen = Mapping[str, NDArray[np.bool_]]
OWN_SPLITS = (*LEARNT_FROM, "test")


def with_seen(
    other: Other,
    data: Dataset,
    score: Callable[[NDArray[np.bool_]], dict[str, MetricValue]],
    *,
    seen_in: Callable[[Sequence[str]], Seen],
) -> Other:
    """Return what is known of other data, and how many of them the run's own splits hold too.

    Args:
        other: what is known so far.
        data: the other data, as the split "other", behind the run's own where there are any.
        score: returns the metrics of those of the rows, (n,), that the network has not seen; none are asked for when
            it has seen none or all.
        seen_in: returns for each of these splits, (n,), whether it holds a row of the other data too.
    """
    if not len(data.rows("train")):
        return other
    seen = seen_in([split for split in OWN_SPLITS if split in data.splits])
    new = ~np.any([seen[split] for split in LEARNT_FROM if split in seen], axis=0)
    return replace(
        other,
        seen={split: int(rows.sum()) for split, rows in seen.items()},
        without_seen=score(new) if new.any() and not new.all() else {},
    )


def kept(run: Run, result: Result, header: Sequence[str], predictions: Iterable[Sequence[object]]) -> Path:
    """Write an evaluation on other data into the run, beside its own, and return the path of the record."""
    other = result.other_data
    assert other
    readable = re.sub(r"[^\w.-]+", "-", other.name).strip("-.")[:60]
    name = "-".join(filter(None, (readable, other.split, other.content_hash[:8])))
    return run.write_other_evaluation(name, result.to_dict(), header, predictions)
