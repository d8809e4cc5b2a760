"""Pictures that are twice in one part: they count double, and make a part look larger than it is."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import EXAMPLES, Evidence
from saccade.modalities.images.dataset import PARTS

WORTH_A_WARNING = 0.05
"""Share of surplus pictures from which a part's size says too much: intervals become too narrow by half of it."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each part with twins in it."""
    for part in PARTS:
        rows = evidence.dataset.rows(part)
        order = rows[np.argsort(evidence.twins.groups[rows], kind="stable")]
        starts = np.flatnonzero(np.diff(evidence.twins.groups[order], prepend=-1))
        groups = [group for group in np.split(order, starts[1:]) if len(group) > 1]
        if groups:
            yield _finding(evidence, part, len(rows), groups)


def _finding(evidence: Evidence, part: str, among: int, groups: list[NDArray[np.int64]]) -> Finding:
    surplus = sum(len(group) - 1 for group in groups)
    exact = sum(len(group) - len(set(evidence.twins.exact[group].tolist())) for group in groups)
    share = surplus / among
    largest = sorted(groups, key=len, reverse=True)
    names = evidence.dataset.names
    repeat = "repeats" if surplus == 1 else "repeat"
    what = f"{surplus:,} of {among:,} {part} pictures ({share:.2%}) {repeat} another one there"
    return Finding(
        kind="twins_within_part",
        severity="warning" if share >= WORTH_A_WARNING else "note",
        title=f"{what}, {exact:,} of them exactly.",
        advice="They count double in training and in every score. Keep one of each."
        if share >= WORTH_A_WARNING
        else "",
        share=share,
        values={"part": part, "groups": len(groups), "surplus": surplus, "equal_pixels": exact, "share": share},
        examples=tuple(tuple(str(name) for name in names[group[:4]]) for group in largest[:EXAMPLES]),
        count=len(groups),
    )
