"""Groups (a patient, a plant, a film) with images in several splits: the network recognises whom it knows."""

from collections.abc import Iterator

import numpy as np

from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import EXAMPLES, Evidence


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for all groups that straddle a split; nothing when no groups are known."""
    groups, splits = evidence.dataset.groups, evidence.dataset.splits
    if groups is None:
        return
    known = groups != ""
    pairs = np.unique(np.stack([groups[known], splits[known]], axis=1), axis=0)
    named, counts = np.unique(pairs[:, 0], return_counts=True)
    straddling = named[counts > 1]
    if not len(straddling):
        return
    in_test = set(pairs[pairs[:, 1] == "test", 0].tolist()) & set(straddling.tolist())
    names = evidence.dataset.names
    first = [
        [np.flatnonzero((groups == each) & (splits == split))[0] for split in np.unique(splits[groups == each])]
        for each in straddling[:EXAMPLES]
    ]
    yield Finding(
        kind="straddling_groups",
        severity="severe" if in_test else "warning",
        title=f"{len(straddling):,} of {len(named):,} groups have images in several splits, {len(in_test):,} of them "
        f"in test: '{straddling[0]}' for one.",
        advice="Scores then say how well known groups are recognised, not new ones. Keep each group in one split.",
        share=len(straddling) / len(named),
        values={"groups": len(straddling), "in_test": len(in_test), "names": straddling[:1000].tolist()},
        examples=tuple(tuple(str(names[row]) for row in rows) for rows in first),
        count=len(straddling),
    )
