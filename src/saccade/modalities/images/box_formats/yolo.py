"""YOLO: a text file an image, a line a box in fractions; names of classes in data.yaml, classes.txt or obj.names."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import plural
from saccade.core.safe_yaml import parse_yaml
from saccade.modalities.images.annotations import Annotations, NothingMarked
from saccade.modalities.images.box_files import files_ending, split_by_folders
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject, settled
from saccade.modalities.images.image_lookup import ImageLookup
from saccade.modalities.images.json_boxes import number

NAMES = ("classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt", "labels.txt", "names.txt")
"""Files with the name of a class a line, in the order in which they count."""

_LOOKED_AT = 40
_LARGEST = 1 << 22  # bytes of a text file
_NAMES = re.compile(r"^\s*['\"]?names['\"]?\s*:", re.MULTILINE)
_BOX = re.compile(r"\s*\d{1,5}(\.0*)?(\s+[-+]?[\d.]+([eE][-+]?\d+)?){4,}\s*")
_SPLITS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}


def recognises(path: Path) -> bool:
    """Say whether text files in a folder hold boxes, or a YAML file names folders and classes of them."""
    if path.is_file():
        return path.suffix.lower() in {".yaml", ".yml"} and _described(path) is not None
    texts = [file for file in islice(files_ending(path, (".txt",)), _LOOKED_AT) if file.name not in NAMES]
    described = islice(files_ending(path, (".yaml", ".yml")), _LOOKED_AT)
    return any(map(_has_boxes, texts)) or any(_described(file) is not None for file in described)


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of a folder with their boxes; an outline becomes the box around it.

    Fractions are of the image as it is seen, turned as EXIF says. An image without a text file, or with an empty one,
    is background; where no image of a folder has one, the folder was not annotated, and is skipped.

    Raises:
        DataError: no image has a box that can be used.
    """
    root = path if path.is_dir() else _root(path.absolute())
    lookup = ImageLookup(root)
    file, said, notes = _description(path, lookup)
    names, more = _names(said, file, lookup)
    texts = _texts(lookup)
    if lookup.files and not texts:
        images = plural(len(lookup.files), "image", "images")
        raise NothingMarked(f"{path} has {images} and no file of boxes: draw boxes on some in saccade studio.")
    splits = _listed(lookup, said, file.parent if file else root)
    annotated = {image.parent for image in texts}
    drawn, skipped = list[DrawnImage](), list(lookup.skipped_items)
    for image in lookup.files:
        if image.parent not in annotated:
            skipped.append(SkippedItem(lookup.name(image), "image of a folder without files of boxes, not annotated."))
            continue
        try:
            objects = tuple(_objects(texts[image], names)) if image in texts else ()
        except OSError as error:
            skipped.append(SkippedItem(lookup.name(image), f"its boxes cannot be read: {error.strerror}."))
            continue
        split = splits.get(image) or split_by_folders(image, root)
        drawn.append(DrawnImage(lookup.name(image), image, objects, unit="fractions", split=split))
    skipped += [SkippedItem(lookup.name(file), "file of boxes without its image.") for file in _lost(lookup, texts)]
    return settled(drawn, where=path, skipped_items=skipped, notes=(*notes, *more), quiet=quiet)


def class_names(path: Path) -> list[str]:
    """Return the names of all classes that a folder's files name, with or without a box; raises DataError."""
    lookup = ImageLookup(path)
    file, said, _ = _description(path, lookup)
    return [name for _, name in sorted(_names(said, file, lookup)[0].items())]


def _described(file: Path) -> Mapping[str, Any] | None:
    """Return what a YAML file says of classes and folders; None where it does not, or cannot be read."""
    try:
        said = parse_yaml(text) if _NAMES.search(text := _text(file)) else None
    except ValueError:
        return None
    return said if isinstance(said, Mapping) and "names" in said and set(said) & {*_SPLITS, "nc", "path"} else None


def _text(file: Path) -> str:
    try:
        return "" if file.stat().st_size > _LARGEST else file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def _has_boxes(file: Path) -> bool:
    """Say whether the first line of a text file is that of a box."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as opened:
            line = next((each for each in islice(opened, 5) if each.strip()), "")
    except OSError:
        return False
    return len(line) < 10_000 and _BOX.fullmatch(line) is not None


def _root(file: Path) -> Path:
    """Return the folder with the images that a YAML file names: its own, or the one above those that it names."""
    said = _described(file) or {}
    places = [place.resolve() for text in _places(said) for place in _candidates(text, said, file.parent)]
    places = [place if place.is_dir() else place.parent for place in places]
    if not places or any(place.is_relative_to(file.parent.resolve()) for place in places):
        return file.parent
    shared = Path(os.path.commonpath(places))
    parts = shared.parts
    at = len(parts) - 1 - parts[::-1].index("images") if "images" in parts else 0
    above = Path(*parts[:at]) if at else shared
    return above if (above / "labels").is_dir() else shared


def _places(said: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders and lists that a YAML file names."""
    values = [said.get(key) for key in _SPLITS]
    return (str(text) for value in values for text in (value if isinstance(value, list) else [value]) if text)


def _description(path: Path, lookup: ImageLookup) -> tuple[Path | None, Mapping[str, Any], list[str]]:
    """Return the YAML file that says the names of the classes, what it says, and notes on those that cannot be read."""
    found = [path] if path.is_file() else [each for each in lookup.others if each.suffix.lower() in {".yaml", ".yml"}]
    notes = list[str]()
    for file in found:
        said = _described(file)
        if said is not None:
            return file, said, []
        notes += _damage(file, lookup)
    return None, {}, notes


def _damage(file: Path, lookup: ImageLookup) -> Iterator[str]:
    """Yield why a file that seems to name classes cannot be read."""
    try:
        if _NAMES.search(text := _text(file)):
            parse_yaml(text)
    except ValueError as error:
        yield f"{lookup.name(file)} cannot be read as YAML, and does not count: {error}."


def _names(said: Mapping[str, Any], file: Path | None, lookup: ImageLookup) -> tuple[dict[int, str], list[str]]:
    """Return the names of the classes by number, and notes; raises DataError."""
    if file is not None:
        return _as_names(said["names"], file), []
    lists = {each.name.lower(): each for each in reversed(lookup.others)}
    plain = next((lists[name] for name in NAMES if name in lists), None)
    if plain is None:
        return {}, ["No file says how the classes are called (data.yaml, classes.txt): they are named by number."]
    lines = plain.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return {at: line.strip() for at, line in enumerate(lines) if line.strip()}, []


def _as_names(said: Any, file: Path) -> dict[int, str]:
    if isinstance(said, list):
        return {at: str(name) for at, name in enumerate(said)}
    if isinstance(said, Mapping) and all(str(key).isdecimal() for key in said):
        return {int(key): str(name) for key, name in said.items()}
    raise DataError(f"{file} has 'names' that are neither a list nor numbers with a name each.")


def _texts(lookup: ImageLookup) -> dict[Path, Path]:
    """Return the file of boxes of each image that has one."""
    texts = dict[Path, Path]()
    for file in lookup.others:
        if _may_hold_boxes(file):
            image = lookup.find(lookup.name(file.with_suffix("")), near=file)
            if image:
                texts.setdefault(image, file)
    return texts


def _may_hold_boxes(file: Path) -> bool:
    return file.suffix.lower() == ".txt" and file.name.lower() not in NAMES


def _lost(lookup: ImageLookup, texts: Mapping[Path, Path]) -> Iterator[Path]:
    """Yield files of boxes that belong to no image."""
    used = set(texts.values())
    return (file for file in lookup.others if _may_hold_boxes(file) and file not in used and _has_boxes(file))


def _objects(file: Path, names: Mapping[int, str]) -> Iterator[DrawnObject]:
    if file.stat().st_size > _LARGEST:
        yield DrawnObject("", (0, 0, 0, 0), problem="file of boxes that is too long: more than 4 megabytes.")
        return
    for line in file.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        if line.strip():
            yield _object(line.split(), names)


def _object(words: Sequence[str], names: Mapping[int, str]) -> DrawnObject:
    """Return the box of a line: class, middle, width and height, perhaps a score; or class and points of an outline."""
    values = [number(word) for word in words]
    if not 0 <= values[0] < 1e6 or values[0] != int(values[0]):
        return DrawnObject("", (0, 0, 0, 0), problem=f"line whose class is no number: {words[0][:40]}.")
    if len(values) < 5 or (len(values) > 6 and len(values) % 2 == 0):
        return DrawnObject("", (0, 0, 0, 0), problem=f"line of {len(values)} values: expected a class and 4 numbers.")
    name = names.get(int(values[0]), "" if names else f"class {int(values[0])}")
    problem = "" if name else f"box of a class without a name: {int(values[0])}, named are {len(names)}."
    return DrawnObject(name, _sides(values[1:]), problem=problem)


def _sides(values: Sequence[float]) -> tuple[float, float, float, float]:
    if len(values) > 5:
        x, y = values[::2], values[1::2]
        return min(x), min(y), max(x), max(y)
    x_middle, y_middle, width, height = values[:4]
    return x_middle - width / 2, y_middle - height / 2, x_middle + width / 2, y_middle + height / 2


def _listed(lookup: ImageLookup, said: Mapping[str, Any], folder: Path) -> dict[Path, str]:
    """Return the splits of images in folders and lists that a YAML file names, or in lists called train.txt.

    Args:
        lookup: the images.
        said: by the YAML file.
        folder: where that lies.
    """
    splits = dict[Path, str]()
    given = {key: said[key] for key in _SPLITS if said.get(key)} or {key: f"{key}.txt" for key in _SPLITS}
    for key, value in given.items():
        for text in value if isinstance(value, list) else [value]:
            for image in _named(str(text), said, folder, lookup):
                splits.setdefault(image, _SPLITS[key])
    return splits


def _candidates(text: str, said: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """Yield what a YAML file may mean by a folder or list, where it is there: Roboflow's "../" leads nowhere."""
    plain = text.replace("\\", "/")
    tail = plain
    while tail.startswith(("../", "./")):
        tail = tail.partition("/")[2]
    base = folder / str(said.get("path") or "")
    places = (place / end for end in (tail, plain) for place in (base, folder) if end)
    return islice((place for place in places if _is_there(place)), 1)


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # a name that is too long
        return False


def _named(text: str, said: Mapping[str, Any], folder: Path, lookup: ImageLookup) -> Iterator[Path]:
    """Yield the images in a folder or list that a YAML file names; nothing where it is not there."""
    place = next(_candidates(text, said, folder), None)
    if place is not None and place.is_dir():
        inside = place.resolve()
        yield from (image for image in lookup.files if inside in image.resolve().parents)
    elif place is not None and place.suffix.lower() == ".txt":
        lines = place.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        yield from filter(None, (lookup.find(line, near=place) for line in lines if line.strip()))
