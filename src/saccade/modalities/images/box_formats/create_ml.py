"""CreateML: JSON lists of images with labels and coordinates, the middle and size of each box in pixels."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import split_by_file
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject
from saccade.modalities.images.gathered_images import NOT_THERE, GatheredImages
from saccade.modalities.images.image_lookup import ImageLookup
from saccade.modalities.images.json_boxes import entries, lookup_for, marked_files, numbers, records

_SIDES = ("x", "y", "width", "height")
_EXPECTED = '{file} is no list of images. Expected [{{"image": …, "annotations": […]}}, …].'

Record = Mapping[str, Any]


def recognises(path: Path) -> bool:
    """Say whether there is a JSON file with coordinates of boxes as CreateML writes it."""
    return next(_files(path), None) is not None


def _files(path: Path) -> Iterator[Path]:
    return marked_files(path, ('"coordinates"',), ('"image"', '"imagefilename"', '"filename"'), ('"annotation',))


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images that the files name, with their boxes.

    Raises:
        DataError: a file is damaged, or no image has a box that can be used.
    """
    gathered = GatheredImages(lookup_for(path))
    for file in _files(path):
        for row, each in enumerate(entries(file, expected=_EXPECTED), 1):
            gathered.add(_image(each, row, file, gathered.lookup))
    return gathered.settled(path, quiet=quiet)


def _image(said: Record, row: int, file: Path, lookup: ImageLookup) -> DrawnImage | SkippedItem:
    """Return the image of an entry with its boxes, or why it cannot be used."""
    name = said.get("image") or said.get("imagefilename") or said.get("filename")
    if not isinstance(name, str):
        return SkippedItem(str(name or f"{lookup.name(file)}: entry {row}")[:200], "entry without an image.")
    found = lookup.find(name, near=file)
    if found is None:
        return SkippedItem(name[:200], NOT_THERE)
    boxes = records(said.get("annotations") or said.get("annotation") or [])
    split = split_by_file(file, lookup.folder)
    return DrawnImage(lookup.name(found), found, tuple(map(_object, boxes)), split=split)


def _object(said: Record) -> DrawnObject:
    x, y, width, height = numbers(said.get("coordinates"), _SIDES)
    name = said.get("label")
    sides = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return DrawnObject(name if isinstance(name, str) else "", sides)
