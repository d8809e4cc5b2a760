"""Matching: which images of one set have a duplicate in another, and which one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.images.audit.evidence import EXAMPLES, Evidence
from saccade.modalities.images.audit.near_duplicates import NearDuplicates

SERIOUS = 0.01
"""Share of images from which duplicates are serious: a score can be off by as much, which is more than its interval."""

NEGLIGIBLE = 0.002
"""Share below which near-duplicates are a note only: the search errs with 0.06% of MNIST's digits, all strokes."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """Images with their nearest duplicate.

    Attributes:
        rows: the images, exact duplicates first, then the nearest.
        partners: the duplicate of each.
        distance: (m,), 0 for equal pixels, else what is left unexplained.
        mirrored: (m,), bool: duplicates only in a mirror.
    """

    rows: Rows
    partners: Rows
    distance: NDArray[np.float32]
    mirrored: NDArray[np.bool_]

    @property
    def exact(self) -> int:
        """How many have a duplicate with equal pixels."""
        return int((self.distance == 0).sum())

    def kinds(self) -> str:
        """Return "3 exact, 20 near, 2 mirrored"."""
        near = len(self.rows) - self.exact - int(self.mirrored.sum())
        numbers = {"exact": self.exact, "near": near, "mirrored": int(self.mirrored.sum())}
        return ", ".join(f"{number:,} {kind}" for kind, number in numbers.items() if number)

    def severity(self, among: int) -> str:
        """Return how bad so many duplicates among so many images are."""
        if len(self.rows) >= SERIOUS * among:
            return "severe"
        return "warning" if self.exact or len(self.rows) > NEGLIGIBLE * among else "note"

    def examples(self, evidence: Evidence) -> tuple[tuple[str, ...], ...]:
        """Return the names of the first pairs."""
        names = evidence.dataset.names
        pairs = zip(self.rows[:EXAMPLES], self.partners[:EXAMPLES], strict=True)
        return tuple((str(names[row]), str(names[partner])) for row, partner in pairs)


def match(duplicates: NearDuplicates, rows: Rows, others: Rows) -> Matches:
    """Return those of `rows` that have a duplicate among `others`; the two share no row."""
    first_other = np.full(len(duplicates.exact), -1, np.int64)
    first_other[duplicates.exact[others][::-1]] = others[::-1]
    distance, mirrored, partner = _nearest(duplicates, first_other)
    same = first_other[duplicates.exact]  # equal pixels are nearer than any near duplicate
    partner = np.where(same >= 0, same, partner[duplicates.exact])[rows]
    distance = np.where(same >= 0, 0, distance[duplicates.exact])[rows].astype(np.float32)
    mirrored = np.where(same >= 0, False, mirrored[duplicates.exact])[rows]
    order = np.argsort(distance, kind="stable")
    order = order[partner[order] >= 0]
    return Matches(rows[order], partner[order], distance[order], mirrored[order])


def _nearest(duplicates: NearDuplicates, first_other: Rows) -> tuple[NDArray[np.float32], NDArray[np.bool_], Rows]:
    """Return distance, mirroring and row of the nearest duplicate with a copy in the other set, by first exact row."""
    start, end = (
        np.concatenate([duplicates.first, duplicates.second]),
        np.concatenate([duplicates.second, duplicates.first]),
    )
    farthest_first = np.argsort(-np.tile(duplicates.distance, 2), kind="stable")
    use = farthest_first[first_other[end[farthest_first]] >= 0]  # later ones, which are nearer, overwrite
    distance = np.full(len(duplicates.exact), np.inf, np.float32)
    mirrored, partner = np.zeros(len(duplicates.exact), np.bool_), np.full(len(duplicates.exact), -1, np.int64)
    distance[start[use]] = np.tile(duplicates.distance, 2)[use]
    mirrored[start[use]] = np.tile(duplicates.mirrored, 2)[use]
    partner[start[use]] = first_other[end[use]]
    return distance, mirrored, partner


def same_file(duplicates: NearDuplicates, matches: Matches) -> int:
    """Return how many of the matches are the very same file, byte by byte."""
    return (
        0
        if duplicates.files is None
        else int((duplicates.files[matches.rows] == duplicates.files[matches.partners]).sum())
    )
