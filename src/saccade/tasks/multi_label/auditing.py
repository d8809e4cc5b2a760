"""What is wrong with images that have several labels."""

from saccade.core.audit import Audit
from saccade.modalities.images.audit import checking
from saccade.tasks.multi_label.tagged_images import TaggedImages

OF_CLASSES = ("shortcuts", "small_classes")
"""Checks that expect one class an image; an image stands here for the rarest of its labels."""


def audit(dataset: TaggedImages, *, quiet: bool = False) -> Audit:
    """Return what is wrong with the images, their labels and their split; nothing is learnt from the test split."""
    return checking.audit(dataset.strata(), left_out=OF_CLASSES, quiet=quiet)
