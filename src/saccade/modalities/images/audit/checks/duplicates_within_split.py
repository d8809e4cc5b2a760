"""Images that are twice in one split: they count double, and make a split look larger than it is."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import EXAMPLES, Evidence

WORTH_A_WARNING = 0.05
"""Share of surplus images from which a split's size says too much: intervals become too narrow by half of it."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each split with duplicates in it."""
    for split in SPLITS:
        rows = evidence.dataset.rows(split)
        order = rows[np.argsort(evidence.duplicates.groups[rows], kind="stable")]
        starts = np.flatnonzero(np.diff(evidence.duplicates.groups[order], prepend=-1))
        groups = [group for group in np.split(order, starts[1:]) if len(group) > 1]
        if groups:
            yield _finding(evidence, split, len(rows), groups)


def _finding(evidence: Evidence, split: str, among: int, groups: list[NDArray[np.int64]]) -> Finding:
    surplus = sum(len(group) - 1 for group in groups)
    exact = sum(len(group) - len(set(evidence.duplicates.exact[group].tolist())) for group in groups)
    share = surplus / among
    largest = sorted(groups, key=len, reverse=True)
    names = evidence.dataset.names
    repeat = "repeats" if surplus == 1 else "repeat"
    what = f"{surplus:,} of {among:,} {split} images ({share:.2%}) {repeat} another one there"
    return Finding(
        kind="duplicates_within_split",
        severity="warning" if share >= WORTH_A_WARNING else "note",
        title=f"{what}, {exact:,} of them exactly.",
        advice="They count double in training and in every score. Keep one of each."
        if share >= WORTH_A_WARNING
        else "",
        share=share,
        values={"split": split, "groups": len(groups), "surplus": surplus, "equal_pixels": exact, "share": share},
        examples=tuple(tuple(str(name) for name in names[group[:4]]) for group in largest[:EXAMPLES]),
        count=len(groups),
    )
