"""What is wrong with images that have boxes."""

from dataclasses import replace

import numpy as np

from saccade.core.audit import Audit
from saccade.core.finding import worst_first
from saccade.modalities.images.audit import checking
from saccade.tasks.object_detection.box_checks import box_findings
from saccade.tasks.object_detection.object_images import ObjectImages

OF_CLASSES = ("duplicates_with_other_labels", "shortcuts", "small_classes")
"""Checks that expect one class an image; an image stands here for the rarest of its objects."""


def audit(dataset: ObjectImages, *, quiet: bool = False) -> Audit:
    """Return what is wrong with the images, their boxes and their split; nothing is learnt from the test split."""
    used = dataset.only(np.flatnonzero(dataset.splits != "")) if "" in dataset.splits else dataset
    found = checking.audit(dataset.strata(), left_out=OF_CLASSES, quiet=quiet)
    facts = {**found.facts, "counts": used.counts()}
    return replace(found, facts=facts, findings=worst_first([*found.findings, *box_findings(used)]))
