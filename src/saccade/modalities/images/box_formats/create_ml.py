"""CreateML: JSON lists of images with labels and coordinates, the middle and size of each box in pixels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import split_by_file
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject, settled, unnamed_images
from saccade.modalities.images.json_boxes import content, lookup_for, marked_files, numbers, records

_SIDES = ("x", "y", "width", "height")


def recognises(path: Path) -> bool:
    """Say whether there is a JSON file with coordinates of boxes as CreateML writes it."""
    return next(_files(path), None) is not None


def _files(path: Path) -> Any:
    return marked_files(path, ('"coordinates"',), ('"image"', '"imagefilename"', '"filename"'), ('"annotation',))


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images that the files name, with their boxes.

    Raises:
        DataError: a file is damaged, or no image has a box that can be used.
    """
    lookup = lookup_for(path)
    drawn, skipped = dict[Path, DrawnImage](), list[SkippedItem]()
    for file in _files(path):
        said = content(file)
        if not isinstance(said, list):
            raise DataError(f'{file} is no list of images. Expected [{{"image": …, "annotations": […]}}, …].')
        for row, each in enumerate(records(said), 1):
            name = each.get("image") or each.get("imagefilename") or each.get("filename")
            found = lookup.find(name, near=file) if isinstance(name, str) else None
            if found is None:
                reason = "image that is named and is not there." if isinstance(name, str) else "entry without an image."
                skipped.append(SkippedItem(str(name or f"{lookup.name(file)}: entry {row}")[:200], reason))
            elif found in drawn:
                skipped.append(SkippedItem(lookup.name(found), "image that is named twice, the first time counts."))
            else:
                boxes = records(each.get("annotations") or each.get("annotation") or [])
                split = split_by_file(file, lookup.folder)
                drawn[found] = DrawnImage(lookup.name(found), found, tuple(map(_object, boxes)), split=split)
    skipped += unnamed_images(lookup, drawn, list(skipped))
    return settled(list(drawn.values()), where=path, skipped_items=skipped, quiet=quiet)


def _object(said: Mapping[str, Any]) -> DrawnObject:
    x, y, width, height = numbers(said.get("coordinates"), _SIDES)
    name = said.get("label")
    sides = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return DrawnObject(name if isinstance(name, str) else "", sides)
