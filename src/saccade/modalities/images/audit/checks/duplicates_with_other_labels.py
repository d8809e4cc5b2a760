"""Duplicates with different labels: one of the two labels is wrong, or the classes overlap."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import EXAMPLES, Evidence
from saccade.modalities.images.audit.matching import NEGLIGIBLE, SERIOUS


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for all pairs; a mirror image may well have another label, as left and right turns do."""
    exact, near = _exact_pairs(evidence), _near_pairs(evidence)
    pairs = np.concatenate([exact, near])
    if not len(pairs):
        return
    share = len(np.unique(pairs)) / len(evidence.dataset.labels)
    names, labels, classes = evidence.dataset.names, evidence.dataset.labels, evidence.dataset.classes
    first, second = (classes[label] for label in labels[pairs[0]])
    severity = "severe" if share >= SERIOUS else "warning" if len(exact) or share > NEGLIGIBLE else "note"
    yield Finding(
        kind="duplicates_with_other_labels",
        severity=severity,
        title=f"Duplicates with different labels: {len(pairs):,}, such as '{first}' and '{second}'; {len(exact):,} of "
        "them are equal pixel by pixel.",
        advice="One of the labels is wrong, or an image belongs to both classes: look at them.",
        share=share,
        values={"pairs": len(pairs), "equal_pixels": len(exact), "share": share},
        examples=tuple((str(names[one]), str(names[other])) for one, other in pairs[:EXAMPLES]),
        count=len(pairs),
    )


def _exact_pairs(evidence: Evidence) -> NDArray[np.int64]:
    """Return (m, 2): rows whose label is not that of the first row with equal pixels."""
    labels, first = evidence.dataset.labels, evidence.duplicates.exact
    rows = np.flatnonzero(labels != labels[first])
    return np.stack([first[rows], rows], axis=1)


def _near_pairs(evidence: Evidence) -> NDArray[np.int64]:
    labels, duplicates = evidence.dataset.labels, evidence.duplicates
    differ = np.flatnonzero((labels[duplicates.first] != labels[duplicates.second]) & ~duplicates.mirrored)
    differ = differ[np.argsort(duplicates.distance[differ])]
    return np.stack([duplicates.first[differ], duplicates.second[differ]], axis=1)
