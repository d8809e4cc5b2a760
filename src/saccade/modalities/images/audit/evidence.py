"""Evidence: what every check looks at, gathered once from the images."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.modalities.images.audit.measuring import Measures, measure
from saccade.modalities.images.audit.near_duplicates import LEAST_SIDE, NearDuplicates, find_duplicates
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.file_properties import Survey
from saccade.modalities.images.store import originals

EXAMPLES = 24
"""Rows of images that a finding names; the page shows them and says how many there are in all."""


@dataclass(frozen=True)
class Evidence:
    """A data set and everything that was measured of it.

    Attributes:
        dataset: with splits.
        measures: numbers of each image.
        duplicates: which images are the same.
        files: what is known of each image's file; None when the data were no files.
        seed: of samples.
        not_tested: checks add a sentence for what they could not test.
    """

    dataset: ImageDataset
    measures: Measures
    duplicates: NearDuplicates
    files: Survey | None
    seed: int = 0
    not_tested: list[str] = field(default_factory=list)

    def names(self, rows: NDArray[np.int64]) -> tuple[tuple[str, ...], ...]:
        """Return examples of single images, the first few."""
        return tuple((str(name),) for name in self.dataset.names[rows[:EXAMPLES]])

    def units(self) -> NDArray[np.int64]:
        """Return (n,), a number a row, equal for rows that are not independent: duplicates, and rows of one group."""
        groups = self.dataset.groups
        if groups is None:
            return self.duplicates.groups
        named = np.where(groups == "", np.char.add("\0", np.arange(len(groups)).astype(np.str_)), groups)
        return np.unique(named, return_inverse=True)[1].astype(np.int64)


def gather(dataset: ImageDataset, *, seed: int = 0, quiet: bool = False) -> Evidence:
    """Return the evidence of a data set: one pass over the images, and the search for duplicates."""
    measures = measure(dataset.images, quiet=quiet)
    store = originals(dataset.images)
    files = store.files if store else None
    duplicates = find_duplicates(
        dataset.images,
        measures,
        digests=files.digests if files else None,
        vectors=dataset.vectors,
        seed=seed,
        quiet=quiet,
    )
    not_tested = []
    if min(dataset.image_shape[:2]) < LEAST_SIDE:
        not_tested.append(f"near duplicates; images need {LEAST_SIDE} pixels a side to tell a copy from a look-alike.")
    return Evidence(dataset, measures, duplicates, files, seed, not_tested)


def facts(evidence: Evidence) -> dict[str, object]:
    """Return counts, sizes, channels, brightness and file types, as plain values."""
    dataset = evidence.dataset
    kinds, numbers = np.unique(evidence.files.formats if evidence.files else [], return_counts=True)
    return {
        "counts": dataset.counts(),
        "sizes": _sizes(evidence),
        "channels": _channels(evidence),
        "brightness": {split: _spread(evidence.measures.brightness[dataset.rows(split)]) for split in _splits(dataset)},
        "contrast": {split: _spread(evidence.measures.contrast[dataset.rows(split)]) for split in _splits(dataset)},
        "file_types": dict(zip(kinds.tolist(), numbers.tolist(), strict=True)),
        "groups": None if dataset.groups is None else len(set(dataset.groups.tolist()) - {""}),
    }


def _splits(dataset: ImageDataset) -> list[str]:
    return [split for split in SPLITS if split in dataset.splits]


def _spread(values: NDArray[np.float32]) -> dict[str, float]:
    return {"mean": round(float(values.mean()), 3), "std": round(float(values.std()), 3)}


def _sizes(evidence: Evidence) -> str:
    height, width, _ = evidence.dataset.image_shape
    if evidence.files is None:
        return f"{height}×{width} pixels each"
    low, high = evidence.files.sizes.min(axis=0).tolist(), evidence.files.sizes.max(axis=0).tolist()
    found = f"{low[0]}×{low[1]}" if low == high else f"{low[0]} to {high[0]} high, {low[1]} to {high[1]} wide"
    return f"files {found}, used at {height}×{width}"


def _channels(evidence: Evidence) -> str:
    if evidence.dataset.image_shape[2] == 1:
        return "grey"
    grey = int(evidence.measures.colourless.sum())
    return f"colour, {grey:,} of them without colours" if grey else "colour"
