"""COCO: JSON with images, annotations and categories; a file a split, or one for all."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.images.annotations import Annotations, NothingMarked
from saccade.modalities.images.box_files import split_by_file
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject
from saccade.modalities.images.gathered_images import NOT_THERE, GatheredImages
from saccade.modalities.images.image_lookup import ImageLookup
from saccade.modalities.images.json_boxes import NOT_A_NUMBER, content, lookup_for, marked_files, number, records

_USUAL = "instances"
"""How COCO itself calls the files with boxes, beside those with captions and key points."""

_NO_BOX = (NOT_A_NUMBER,) * 4

Record = Mapping[str, Any]


def recognises(path: Path) -> bool:
    """Say whether there is a JSON file with annotations of images."""
    return next(_files(path), None) is not None


def _files(path: Path) -> Iterator[Path]:
    found = marked_files(path, ('"annotations"',), ('"images"',), ('"categories"', '"category_id"'))
    return (file for file in found if _begins_with_object(file))


def _begins_with_object(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images that the files name, with their boxes; `iscrowd` means ignored.

    Raises:
        DataError: a file is damaged, or no image has a box that can be used.
    """
    gathered, files = GatheredImages(lookup_for(path)), list(_files(path))
    for file in [file for file in files if file.stem.lower().startswith(_USUAL)] or files:
        _read(file, gathered)
    return gathered.settled(path, quiet=quiet)


def class_names(path: Path) -> list[str]:
    """Return the names of all classes that the files name, with or without a box; raises DataError."""
    every = (records(content(file).get("categories")) for file in _files(path))
    return list(dict.fromkeys(str(each["name"]) for categories in every for each in categories if each.get("name")))


def _read(file: Path, gathered: GatheredImages) -> None:
    """Add the images of a file, and what of it cannot be used."""
    said = content(file)
    images, boxes = records(said.get("images")), records(said.get("annotations"))
    names = {each.get("id"): str(each.get("name") or "") for each in records(said.get("categories")) if _id(each)}
    if not images:
        raise (DataError if boxes else NothingMarked)(
            f"{file} names no images. Expected a list 'images' of objects with id and file_name."
        )
    lookup = gathered.lookup
    split = split_by_file(file, lookup.folder)
    of_image = dict[Any, list[DrawnObject]]()
    for each in boxes:
        of_image.setdefault(_hashable(each.get("image_id")), []).append(_object(each, names))
    for each in images:
        gathered.add(_image(each, of_image.pop(_hashable(each.get("id")), []), file, lookup, split))
    lost = sum(map(len, of_image.values()))
    if lost:
        gathered.add(SkippedItem(lookup.name(file), "boxes of images that the file does not name.", count=lost))


def _image(
    said: Record, objects: list[DrawnObject], file: Path, lookup: ImageLookup, split: str
) -> DrawnImage | SkippedItem:
    name = said.get("file_name")
    if not isinstance(name, str) or not name.strip():
        return SkippedItem(f"{lookup.name(file)}: image {said.get('id')}", "image without a file_name.")
    found = lookup.find(name, near=file, split=split)
    if found is None:
        return SkippedItem(name, NOT_THERE)
    size = _size(said)
    return DrawnImage(lookup.name(found), found, tuple(objects), size=size, split=split)


def _size(said: Record) -> tuple[int, int] | None:
    height, width = number(said.get("height")), number(said.get("width"))
    return (int(height), int(width)) if 0 < height < 1e6 and 0 < width < 1e6 else None


def _object(said: Record, names: Mapping[Any, str]) -> DrawnObject:
    category = _hashable(said.get("category_id"))
    problem = "" if category in names else f"box of a class that the file does not name: category_id {category}."
    left, top, width, height = _box(said)
    sides = (left, top, left + width, top + height)
    ignored = said.get("iscrowd") == 1
    return DrawnObject(names.get(category, ""), sides, is_ignored=ignored, problem=problem)


def _box(said: Record) -> tuple[float, ...]:
    """Return left, top, width and height; of an object with an outline alone those of its outline."""
    box = said.get("bbox")
    if isinstance(box, list) and len(box) == 4:
        return tuple(map(number, box))
    outline = said.get("segmentation")
    rings = [ring for ring in outline if isinstance(ring, list)] if isinstance(outline, list) and not box else []
    x, y = ([number(each) for ring in rings for each in ring[first::2]] for first in (0, 1))
    return (min(x), min(y), max(x) - min(x), max(y) - min(y)) if x and y else _NO_BOX


def _id(said: Record) -> bool:
    return isinstance(said.get("id"), str | int)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int) else None
