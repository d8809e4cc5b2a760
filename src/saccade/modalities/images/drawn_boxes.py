"""Boxes as a file has them, in its own units, become boxes in pixels of the image as it is seen; the bad are named."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.images.annotations import Annotations, MarkedImage, MarkedObject, NothingMarked
from saccade.modalities.images.file_properties import survey
from saccade.modalities.images.turned_boxes import Sides, orientation_of, turned
from saccade.modalities.images.unicode_forms import composed

Unit = Literal["pixels", "fractions"]

NEAR = 0.01
"""The most by which the shapes of a declared size and of the image differ where the image was only resized."""

_COPY = re.compile(r"(.+)\.rf\.[0-9a-zA-Z]{6,}$")
"""How Roboflow names the copies of one photo: name_jpg.rf.0123abcd….jpg"""


@dataclass(frozen=True)
class DrawnObject:
    """A box as it is written.

    Attributes:
        name: of its class.
        sides: left, top, right and bottom, from 0.
        is_ignored: neither learnt nor judged.
        problem: why it cannot be used, where the format knows already; a sentence.
    """

    name: str
    sides: Sides
    is_ignored: bool = False
    problem: str = ""


@dataclass(frozen=True)
class DrawnImage:
    """An image file with the boxes that are written of it.

    Attributes:
        name: unique in its source.
        path: the file.
        objects: as they are written.
        unit: of the boxes: pixels, or fractions of width and height.
        size: (height, width) of the image, in pixels, as the file of boxes says; None where it does not.
        split: "train", "validation", "test", or "" where the source does not say.
    """

    name: str
    path: Path
    objects: Sequence[DrawnObject]
    unit: Unit = "pixels"
    size: tuple[int, int] | None = None
    split: str = ""


def settled(
    drawn: Sequence[DrawnImage],
    *,
    where: str | Path,
    skipped_items: Iterable[SkippedItem] = (),
    notes: Iterable[str] = (),
    quiet: bool = False,
) -> Annotations:
    """Return what is drawn with every box in pixels of its image, within it; bad boxes and images are skipped.

    A box that reaches out of its image is cut off at its side. An image that has boxes, but none that can be used, is
    not used either: it would be taken for background.

    Args:
        drawn: images that are there, with their boxes.
        where: the source, for messages.
        skipped_items: what is not used already, and why.
        notes: what is said already.
        quiet: no progress bar.

    Raises:
        NothingMarked: there are images, and none has a box.
        DataError: no box can be used.
    """
    counts, skipped, images = Counter[str](), list(skipped_items), list[MarkedImage]()
    for each, size, reason in _sized(drawn, quiet=quiet):
        marked = SkippedItem(each.name, reason, kind="image") if reason else _marked(each, size, counts, skipped)
        (skipped if isinstance(marked, SkippedItem) else images).append(marked)  # type: ignore[arg-type]
    if not any(each.objects for each in images):
        none_said = bool(drawn) and not any(each.objects for each in drawn)
        raise (NothingMarked if none_said else DataError)(_nothing(where, skipped, len(drawn)))
    images, more = _learnable(images)
    return Annotations(_grouped(images), tuple(skipped), (*notes, *_said(counts), *more))


def _learnable(images: list[MarkedImage]) -> tuple[list[MarkedImage], list[str]]:
    """Return images whose splits are forgotten where none of them is for training, with a note."""
    splits = sorted({each.split for each in images} - {""})
    if not splits or "train" in splits or any(not each.split for each in images):
        return images, []
    note = f"All images are called {' or '.join(splits)}, none is for training: splits are cut anew."
    return [replace(each, split="") for each in images], [note]


def _sized(drawn: Sequence[DrawnImage], *, quiet: bool) -> Iterator[tuple[DrawnImage, tuple[int, int], str]]:
    """Yield each image with its (height, width) as it is seen, and why it cannot be used, or ""."""
    if not drawn:
        return
    facts = survey([str(each.path) for each in drawn], quiet=quiet)
    yield from zip(drawn, map(_pair, facts.sizes.tolist()), facts.reasons.tolist(), strict=True)


def _pair(both: list[int]) -> tuple[int, int]:
    return both[0], both[1]


def _marked(
    image: DrawnImage, size: tuple[int, int], counts: Counter[str], skipped: list[SkippedItem]
) -> MarkedImage | SkippedItem:
    """Return an image with its usable boxes; `counts` and `skipped` get what was changed and left out."""
    scaled = _scales(image, size)
    if isinstance(scaled, str):
        return SkippedItem(image.name, scaled)
    across, down, orientation, change = scaled
    counts[change] += 1
    objects, bad = list[MarkedObject](), list[SkippedItem]()
    for number, each in enumerate(image.objects, 1):
        left, top, right, bottom = each.sides
        sides = turned((left * across, top * down, right * across, bottom * down), size, orientation)
        reason = _objection(each, sides, size)
        if reason:
            bad.append(SkippedItem(f"{image.name}: box {number} ({each.name[:60] or 'no class'})", reason))
        else:
            objects.append(_cut(each, sides, size, counts))
    if bad and not objects:
        return SkippedItem(image.name, f"{bad[0].reason} No other box of the image can be used.")
    skipped += bad
    return MarkedImage(image.name, image.path, size, tuple(objects), image.split)


def _scales(image: DrawnImage, size: tuple[int, int]) -> tuple[float, float, int, str] | str:
    """Return factors to pixels across and down, how boxes are to be turned, and what that is; or why it cannot be."""
    height, width = size
    if image.unit == "fractions":
        return width, height, 1, ""
    if not image.size or min(image.size) < 1 or image.size == size:
        return 1.0, 1.0, 1, ""
    orientation = orientation_of(image.path)
    if orientation > 4 and image.size == (width, height):
        return 1.0, 1.0, orientation, "turned"
    down, across = height / image.size[0], width / image.size[1]
    if abs(down / across - 1) <= NEAR:
        return across, down, 1, "resized"
    declared, found = f"{image.size[1]}×{image.size[0]}", f"{width}×{height}"
    return f"boxes for another image: they are for one of {declared} pixels, and this has {found}."


def _objection(drawn: DrawnObject, sides: Sides, size: tuple[int, int]) -> str:
    """Return why a box cannot be used, or ""."""
    left, top, right, bottom = sides
    height, width = size
    if drawn.problem or not drawn.name.strip():
        return drawn.problem or "box without a class."
    if not all(map(math.isfinite, sides)):
        return "box whose sides are no numbers."
    text = " ".join(f"{side:g}" for side in sides)
    if right < left or bottom < top:
        return f"inverted box, whose right or lower side comes first: {text}."
    if right == left or bottom == top:
        return f"box without an area: {text}."
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        return f"box outside of its image: {text} in {width}×{height}."
    return ""


def _cut(drawn: DrawnObject, sides: Sides, size: tuple[int, int], counts: Counter[str]) -> MarkedObject:
    """Return the box within its image."""
    height, width = size
    within = (max(sides[0], 0.0), max(sides[1], 0.0), min(sides[2], width), min(sides[3], height))
    counts["cut"] += max(abs(one - other) for one, other in zip(sides, within, strict=True)) > 1
    return MarkedObject(composed(drawn.name.strip()), *within, is_ignored=drawn.is_ignored)


def _grouped(images: Sequence[MarkedImage]) -> tuple[MarkedImage, ...]:
    """Return images with a group each where some are copies of one photo, by their names."""
    origins = [found[1] if (found := _COPY.match(each.path.stem)) else "" for each in images]
    copies = Counter(filter(None, origins))
    if not copies or max(copies.values()) < 2:
        return tuple(images)
    return tuple(replace(each, group=origin) for each, origin in zip(images, origins, strict=True))


def _said(counts: Counter[str]) -> Iterator[str]:
    if counts["cut"]:
        yield f"Boxes that reach out of their image were cut off at its side: {counts['cut']:,}."
    if counts["turned"]:
        yield f"Photos whose boxes were drawn before EXIF turned them, and were turned with them: {counts['turned']:,}."
    if counts["resized"]:
        yield f"Images of another size than their boxes are for, which were scaled: {counts['resized']:,}."


def _nothing(where: str | Path, skipped: Sequence[SkippedItem], images: int) -> str:
    if not skipped and not images:
        return f"{where} names boxes, and their images are not there: put it into the folder that has them below it."
    if not skipped:
        way = "draw boxes on some in saccade studio, or train another task on them"
        return f"{where} has {images:,} images and no box at all: {way}."
    first = skipped[0]
    more = f" {len(skipped):,} images and boxes cannot be used, the first" if len(skipped) > 1 else " Not used:"
    return f"{where} has no box that can be used.{more} {first.name}: {first.reason}"
