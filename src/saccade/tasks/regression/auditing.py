"""What is wrong with images that have numbers."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saccade.core.audit import Audit
from saccade.core.finding import Finding, worst_first
from saccade.modalities.images.audit import checking, near_duplicate_groups
from saccade.tasks.regression.measured_images import MeasuredImages

OF_CLASSES = ("duplicates_with_other_labels", "shortcuts", "small_classes")
"""Checks that expect classes; ranges of numbers are none."""

APART = 0.5
"""Standard deviations of the numbers by which those of two duplicates differ that cannot both be right."""

SHOWN = 30


def audit(dataset: MeasuredImages, *, quiet: bool = False) -> Audit:
    """Return what is wrong with the images, their numbers and their split; nothing is learnt from the test split."""
    found = checking.audit(dataset.strata(), left_out=OF_CLASSES, quiet=quiet)
    return replace(found, findings=worst_first([*found.findings, *_contradictions(dataset, quiet=quiet)]))


def _contradictions(dataset: MeasuredImages, *, quiet: bool) -> Iterator[Finding]:
    """Yield a finding on near-duplicates whose numbers lie far apart."""
    groups = near_duplicate_groups(dataset.images, quiet=quiet)
    pairs = list(_far_apart(groups, dataset.numbers))
    if pairs:
        first, second = pairs[0]
        numbers = f"{dataset.numbers[first]:g} and {dataset.numbers[second]:g}"
        yield Finding(
            kind="duplicates_with_other_numbers",
            severity="warning",
            title=f"Duplicates with numbers that lie far apart: {len(pairs):,}, the farthest {numbers}.",
            advice="One of the two numbers is wrong, or the image does not say it: look at them.",
            share=len(pairs) / len(dataset),
            values={"groups": len(pairs)},
            examples=tuple((str(dataset.names[one]), str(dataset.names[other])) for one, other in pairs[:SHOWN]),
            count=len(pairs),
        )


def _far_apart(groups: NDArray[np.int64], targets: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the rows with the lowest and the highest number of each group of duplicates, the farthest first."""
    order = np.lexsort((targets, groups))
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    lowest, highest = order[starts], order[np.append(starts[1:], len(order)) - 1]
    gaps = targets[highest] - targets[lowest]
    far = np.flatnonzero(gaps > APART * targets.std())
    return [(int(lowest[each]), int(highest[each])) for each in far[np.argsort(-gaps[far])]]
