"""What other data say of a run: which of them it has seen, the score without those, and a record beside its own."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.evaluation import LEARNT_FROM, OTHER, Detection, Evaluation, Other
from saccade.modalities.images import audit
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import TABLE_SPLITS, Table
from saccade.tasks.anomaly_detection.evaluation_checks import same_rows

Result = TypeVar("Result", Evaluation, Detection)
Seen = dict[str, NDArray[np.bool_]]


def with_seen(
    other: Other,
    data: ImageDataset | Table,
    score: Callable[[NDArray[np.bool_]], dict[str, MetricValue]],
    *,
    quiet: bool = True,
) -> Other:
    """Return what is known of other data, and how many of them the run's own splits hold too.

    Args:
        other: what is known so far.
        data: the other data, as the split "other", behind the run's own where there are any.
        score: returns the metrics of those of the rows, (n,), that the network has not seen; none are asked for when
            it has seen none or all.
        quiet: no progress bar.
    """
    if not len(data.rows("train")):
        return other
    seen = _seen_rows(data) if isinstance(data, Table) else _seen_images(data, quiet=quiet)
    new = ~np.any([seen[split] for split in LEARNT_FROM if split in seen], axis=0)
    return replace(
        other,
        seen={split: int(rows.sum()) for split, rows in seen.items()},
        without_seen=score(new) if new.any() and not new.all() else {},
    )


def _seen_images(data: ImageDataset, *, quiet: bool) -> Seen:
    """Return (n,) whether each image is a duplicate of one in a split: the same pixels, or nearly so."""
    groups = audit.near_duplicate_groups(data.images, quiet=quiet)
    return {split: np.isin(groups[data.rows(OTHER)], groups[data.rows(split)]) for split in _splits(data)}


def _seen_rows(data: Table) -> Seen:
    """Return (n,) whether each row has the same values as one in a split."""
    asked = data.values[data.rows(OTHER)]
    return {split: same_rows(asked, data.values[data.rows(split)]) for split in _splits(data)}


def _splits(data: ImageDataset | Table) -> list[str]:
    return [split for split in TABLE_SPLITS if split in data.splits]


def kept(run: Run, result: Result, header: Sequence[str], predictions: Iterable[Sequence[object]]) -> Path:
    """Write an evaluation on other data into the run, beside its own, and return the path of the record."""
    other = result.other_data
    assert other
    readable = re.sub(r"[^\w.-]+", "-", other.name).strip("-.")[:60]
    name = "-".join(filter(None, (readable, other.split, other.content_hash[:8])))
    return run.write_other_evaluation(name, result.to_dict(), header, predictions)
