"""Placeholders: a file or two in another format than all the others, and unlike them: "image not found"."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import Finding, plural
from saccade.modalities.images.audit.evidence import Evidence

LEAST = 20
"""Files below which another format is no surprise."""

RARE = 0.005
"""Part of the files that a rare format has at most, or a single file."""

COMPARED = 500
"""Other images, drawn at random, that a suspicious one is compared with."""

UNLIKE = 0.99
"""A placeholder is plainer, or further from its nearest image, than this part of the others."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for all of them."""
    if evidence.files is None or len(evidence.files.formats) < LEAST:
        return
    formats = evidence.files.formats
    kinds, which, counts = np.unique(formats, return_inverse=True, return_counts=True)
    rare = counts[which] <= max(1, RARE * len(formats))
    if counts.max() < (1 - 2 * RARE) * len(formats) - 1:
        return  # of many formats, any mix is usual
    rows = np.flatnonzero(rare)
    others = np.random.default_rng(evidence.seed).permutation(np.flatnonzero(~rare))[:COMPARED]
    odd = rows[_unlike(evidence, rows, others)] if len(rows) and len(others) else rows[:0]
    if len(odd):
        yield _finding(evidence, odd, str(kinds[counts.argmax()]), int(counts.max()))


def _unlike(evidence: Evidence, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows are plainer than nearly all the others, or further from any image than nearly all of them."""
    plain, usual = (_plainness(evidence.dataset.images[chosen]) for chosen in (rows, others))
    far, near = (_distance(evidence, chosen, others) for chosen in (rows, others))
    return np.asarray((plain > np.quantile(usual, UNLIKE)) | (far > np.quantile(near, UNLIKE)))


def _plainness(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return (n,): the part of each image that has its most frequent colour, in steps of 16 levels."""
    steps = (pixels.astype(np.int64) >> 4) @ (16 ** np.arange(pixels.shape[-1]))
    return np.array([np.unique(image, return_counts=True)[1].max() / image.size for image in steps])


def _distance(evidence: Evidence, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (n,): mean difference in grey levels, 0 to 255, to the nearest of the others that is another image."""
    looks = evidence.measures.looks.astype(np.float32).reshape(len(evidence.measures.looks), -1)
    apart = np.stack([np.abs(looks[others] - looks[row]).mean(axis=1) for row in rows])
    apart[rows[:, None] == others] = np.inf
    return np.asarray(apart.min(axis=1))


def _finding(evidence: Evidence, rows: NDArray[np.int64], usual: str, count: int) -> Finding:
    files, dataset = evidence.files, evidence.dataset
    assert files is not None
    first = rows[0]
    what = plural(len(rows), "image is unlike all others and", "images are unlike all others and")
    return Finding(
        kind="placeholders",
        severity="warning",
        title=f"{what} in another format: {dataset.names[first]} ('{dataset.classes[dataset.labels[first]]}') is "
        f"{files.formats[first]}, and {count:,} are {usual}.",
        advice='Look at it: a placeholder ("image not found") or a drawing among photos teaches a wrong thing.',
        share=len(rows) / len(dataset.labels),
        values={"images": len(rows)},
        examples=evidence.names(rows),
        count=len(rows),
    )
