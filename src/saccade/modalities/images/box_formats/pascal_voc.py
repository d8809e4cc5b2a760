"""Pascal VOC: an XML file an image, beside it or in a folder of its own; splits in ImageSets/Main or by folders."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import Element

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.safe_xml import parse_xml
from saccade.core.split_names import split_of
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import files_ending, split_by_folders
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject, settled
from saccade.modalities.images.image_lookup import ImageLookup

_LOOKED_AT = 5
"""Files that show whether XML describes images."""

_START = 4096  # bytes of a file that show what it is

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def recognises(path: Path) -> bool:
    """Say whether there are XML files of annotations in a folder."""
    return path.is_dir() and any(_describes_image(file) for file in islice(files_ending(path, (".xml",)), _LOOKED_AT))


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of a folder with their boxes.

    Boxes count from 1 and hold their last pixel: from 1 to 10 are ten pixels. What is called difficult is ignored. The
    image of a file is the one of its name, else the one that it names. Images without a file were not annotated: they
    are skipped.

    Raises:
        DataError: no image has a box that can be used.
    """
    lookup = ImageLookup(path)
    splits, lists = _listed_splits(path)
    drawn, skipped = dict[Path, DrawnImage](), list(lookup.skipped_items)
    for file in (each for each in lookup.others if each.suffix.lower() == ".xml"):
        image = _image(file, lookup)
        if isinstance(image, SkippedItem):
            skipped.append(image)
        elif image.path in drawn:
            skipped.append(SkippedItem(lookup.name(file), "second file of boxes for an image, the first counts."))
        elif splits and file.stem not in splits:
            skipped.append(SkippedItem(image.name, f"in none of the lists in {lists}."))
        else:
            split = splits.get(file.stem) or split_by_folders(image.path, path)
            drawn[image.path] = DrawnImage(**{**vars(image), "split": split})
    skipped += _without_boxes(lookup, set(drawn) | {path / each.name for each in skipped})
    return settled(list(drawn.values()), where=path, skipped_items=skipped, quiet=quiet)


def _describes_image(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return b"<annotation" in opened.read(_START)
    except OSError:
        return False


def _image(file: Path, lookup: ImageLookup) -> DrawnImage | SkippedItem:
    """Return the image that a file describes, or why it cannot be used."""
    found = lookup.find(lookup.name(file.with_suffix("")), near=file)
    try:
        root = parse_xml(file.read_bytes())
        if root.tag != "annotation":
            raise ValueError(f"it begins with <{root.tag[:60]}>, expected <annotation>")
        said = (root.findtext("filename") or root.findtext("path") or "").strip()
        found = found or (lookup.find(said, near=file) if said else None)
        if found is not None:
            return DrawnImage(lookup.name(found), found, tuple(_objects(root)), size=_size(root))
        other = f" and no {said[:100]}" if said else ""
        reason = f"file of boxes without its image: there is no {file.stem}.*{other} here."
    except OSError as error:
        reason = f"its file of boxes cannot be read: {error.strerror}."
    except ValueError as error:
        reason = f"its file of boxes cannot be used: {error}."
    return SkippedItem(lookup.name(found or file), reason)


def _objects(root: Element) -> Iterator[DrawnObject]:
    """Yield the objects of an image; those within others (VOC's layout of persons) are none."""
    for number, each in enumerate(root.findall("object"), 1):
        box = each.find("bndbox")
        if box is None:
            what = "a rotated box" if each.find("robndbox") is not None else "no <bndbox>"
            raise ValueError(f"object {number} has {what}")
        left, top, right, bottom = (_number(box, corner, number) for corner in _CORNERS)
        ignored = (each.findtext("difficult") or "").strip() in {"1", "true", "True"}
        yield DrawnObject(each.findtext("name") or "", (left - 1, top - 1, right, bottom), is_ignored=ignored)


def _number(box: Element, corner: str, number: int) -> float:
    text = (box.findtext(corner) or "").strip()
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"<{corner}> of object {number} is {text[:40]!r}, no number") from None


def _size(root: Element) -> tuple[int, int] | None:
    """Return the (height, width) that a file says its image has; None where it does not."""
    try:
        height, width = (int(float(root.findtext(f"size/{side}") or 0)) for side in ("height", "width"))
    except (ValueError, OverflowError):
        return None
    return (height, width) if height > 0 and width > 0 else None


def _listed_splits(path: Path) -> tuple[dict[str, str], str]:
    """Return the split that lists in ImageSets give each name, and the folder of the lists; empty without lists."""
    folders = [Path(each, "ImageSets", "Main") for each, _, _ in _walk(path)]
    folder = next((each for each in folders if each.is_dir()), None)
    lists = {file: split_of(file.stem) for file in sorted(folder.glob("*.txt"))} if folder else {}
    splits = dict[str, str]()
    # "trainval" says train too: what train and val say counts before it
    for file, split in sorted(lists.items(), key=lambda each: (len(each[0].stem), each[0].stem)):
        for name in _names(file) if split else ():
            splits.setdefault(name, split)
    return splits, f"{folder.relative_to(path).as_posix()}" if folder else ""


def _walk(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield a folder and those two levels below, where archives have VOCdevkit/VOC2007."""
    for folder, folders, files in os.walk(path):
        if len(Path(folder).relative_to(path).parts) >= 2:
            folders.clear()
        folders.sort()
        yield folder, folders, files


def _names(file: Path) -> list[str]:
    """Return the names in a list; "name 1" and "name -1" say of one class whether the image has it."""
    try:
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    said = [line.strip() for line in lines if line.strip()]
    return [Path(each.rsplit(maxsplit=1)[0] if each.endswith((" 1", " 0", "-1")) else each).name for each in said]


def _without_boxes(lookup: ImageLookup, known: set[Path]) -> Iterator[SkippedItem]:
    for file in lookup.files:
        if file not in known:
            yield SkippedItem(lookup.name(file), "image without a file of boxes, not annotated.")
