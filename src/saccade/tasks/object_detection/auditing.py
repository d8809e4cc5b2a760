"""What is wrong with images that have boxes."""

from saccade.core.audit import Audit
from saccade.modalities.images.audit import checking
from saccade.tasks.object_detection.object_images import ObjectImages

OF_CLASSES = ("duplicates_with_other_labels", "shortcuts", "small_classes")
"""Checks that expect one class an image; an image stands here for the rarest of its objects."""


def audit(dataset: ObjectImages, *, quiet: bool = False) -> Audit:
    """Return what is wrong with the images, their boxes and their split; nothing is learnt from the test split."""
    return checking.audit(dataset.strata(), left_out=OF_CLASSES, quiet=quiet)
