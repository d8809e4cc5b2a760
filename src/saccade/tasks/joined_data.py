"""Other data behind a run's own, and what is said of images and rows alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.other_data import OTHER
from saccade.modalities.images.joined_store import joined
from saccade.modalities.tables.table import ANOMALY

OTHERWISE_RARE = 1.5
"""So many times the run's share of anomalies, or less than its inverse, is worth a word."""

SHOWN = 6
"""Classes that are named."""

CHANGED = "The data that {run} was trained on have changed since; what it has seen of them is known by {by}."
GONE = (
    "The data that {run} was trained on are no longer in {source}, so it is not known how many of these it has seen, "
    "and there are no baselines."
)


def append_other(own: Any, other: Any) -> Any:
    """Return other images or rows as the split "other", behind the run's own where there are any (not None)."""
    splits = np.full(len(other.labels), OTHER)
    other = other.with_split(splits, splits)
    if own is None:
        return other
    return replace(joined(own, other), content_hash=f"{own.content_hash} {other.content_hash}")


def compare_prevalence(own: float | None, labels: NDArray[np.int64], noun: str) -> Iterator[str]:
    """Yield a sentence where anomalies, 1, are rarer or more frequent among the labels (n,) than the run's share."""
    share = float(np.mean(labels[labels >= 0] == ANOMALY))
    if own and 0 < share < 1 and not 1 / OTHERWISE_RARE <= share / own <= OTHERWISE_RARE:
        yield (
            f"Of these {noun} {share:.1%} are anomalies, of the run's own {own:.1%}: precision, F1 and average "
            "precision depend on that; ROC AUC, recall and the false alarm rate do not. --prevalence SHARE weights "
            "them to another share."
        )


def name_skipped(skipped: Sequence[SkippedItem], count: int, noun: str) -> Iterator[str]:
    """Yield a sentence on what cannot be used, of which the first are in `aside`; none where there is nothing."""
    if count:
        yield (
            f"{counted(count, noun)} cannot be used and {'is' if count == 1 else 'are'} skipped; the first: "
            f"{skipped[0].name}: {skipped[0].reason}"
        )


def counted(count: int, noun: str) -> str:
    """Return "1 row", "1,200 rows"."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def listed(names: Iterable[str]) -> str:
    """Return "'cat', 'dog'", and how many more there are than are named."""
    every = [f"'{name}'" for name in names]
    more = f" and {len(every) - SHOWN} more" if every[SHOWN:] else ""
    return ", ".join(every[:SHOWN]) + more
