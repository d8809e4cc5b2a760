"""What is marked in an image: boxes with their classes, as every format of annotations comes to be."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError


class NothingMarked(DataError):
    """A source is sound and says nothing of any object yet: nothing to learn from, but a beginning to draw on."""


@dataclass(frozen=True)
class MarkedObject:
    """One object.

    Attributes:
        name: of its class.
        left, top, right, bottom: in pixels of the image as it is meant to be seen; from 0 to 10 are ten pixels.
        is_ignored: neither learnt nor judged: a crowd (COCO), or what the annotator called difficult (Pascal VOC).
    """

    name: str
    left: float
    top: float
    right: float
    bottom: float
    is_ignored: bool = False


@dataclass(frozen=True)
class MarkedImage:
    """An image with the objects in it; without any it is background.

    Attributes:
        name: unique in its source: a path relative to it.
        path: the file.
        size: (height, width), in pixels, as it is meant to be seen.
        objects: what is marked.
        split: "train", "validation", "test", or "" where the source does not say.
        group: images of a group stay in one split; "" where the source has no groups.
    """

    name: str
    path: Path
    size: tuple[int, int]
    objects: tuple[MarkedObject, ...]
    split: str = ""
    group: str = ""


@dataclass(frozen=True)
class Annotations:
    """What a source holds.

    Attributes:
        images: in a fixed order.
        skipped_items: images, boxes and files that are not used, and why.
        notes: what the user should know, a sentence each.
        address: where exactly these are found again, though their source grows; "" where it does not.
    """

    images: Sequence[MarkedImage]
    skipped_items: Sequence[SkippedItem] = ()
    notes: Sequence[str] = ()
    address: str = ""


def annotation_text(image: MarkedImage) -> str:
    """Return size and objects of an image as one text, JSON; equal annotations, equal text."""
    rows = sorted(
        [each.name, *(round(side, 2) for side in (each.left, each.top, each.right, each.bottom)), int(each.is_ignored)]
        for each in image.objects
    )
    return json.dumps({"size": list(image.size), "objects": rows}, ensure_ascii=False, separators=(",", ":"))
