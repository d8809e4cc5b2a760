"""Label Studio: its JSON and JSON-MIN exports of rectangles, in percent of the image."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import split_by_file
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject, settled, unnamed_images
from saccade.modalities.images.image_lookup import ImageLookup
from saccade.modalities.images.json_boxes import content, lookup_for, marked_files, number, numbers, records

_SIDES = ("x", "y", "width", "height")
_WHOLE = 100  # percent

Record = Mapping[str, Any]


def recognises(path: Path) -> bool:
    """Say whether there is a JSON file with rectangles of Label Studio."""
    return next(_files(path), None) is not None


def _files(path: Path) -> Iterator[Path]:
    return marked_files(path, ('"rectanglelabels"',))


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of the tasks with their boxes; tasks that nobody annotated are skipped.

    Of several annotations of a task the one that is marked as true counts, else the first that was not cancelled.

    Raises:
        DataError: a file is damaged, or no image has a box that can be used.
    """
    lookup = lookup_for(path)
    drawn, skipped = dict[Path, DrawnImage](), list[SkippedItem]()
    for file in _files(path):
        said = content(file)
        if not isinstance(said, list):
            raise DataError(f"{file} is no list of tasks. Export it from Label Studio as JSON or JSON-MIN.")
        for row, task in enumerate(records(said), 1):
            found = _image(task, f"{lookup.name(file)}: task {task.get('id', row)}", file, lookup)
            if isinstance(found, SkippedItem):
                skipped.append(found)
            elif found.path in drawn:
                skipped.append(SkippedItem(found.name, "image that is named twice, the first time counts."))
            else:
                drawn[found.path] = found
    skipped += unnamed_images(lookup, drawn, list(skipped))
    return settled(list(drawn.values()), where=path, skipped_items=skipped, quiet=quiet)


def _image(task: Record, called: str, file: Path, lookup: ImageLookup) -> DrawnImage | SkippedItem:
    """Return the image of a task with its boxes, or why it cannot be used."""
    data = task.get("data")
    texts = [each for each in (data if isinstance(data, Mapping) else task).values() if isinstance(each, str)]
    found = next(filter(None, (lookup.find(each, near=file) for each in texts if len(each) < 2000)), None)
    if found is None:
        return SkippedItem(called, "task whose image is not there.")
    regions = _regions(task)
    if regions is None:
        return SkippedItem(lookup.name(found), "task without an annotation.")
    objects = tuple(_object(each) for each in regions if _is_rectangle(each))
    if regions and not objects:
        return SkippedItem(lookup.name(found), "task without rectangles: only other kinds of regions.")
    return DrawnImage(lookup.name(found), found, objects, unit="fractions", split=split_by_file(file, lookup.folder))


def _regions(task: Record) -> list[Record] | None:
    """Return the regions that somebody drew; None where nobody annotated the task."""
    if not isinstance(task.get("data"), Mapping):  # JSON-MIN has them in a field of the task, or none
        lists = [records(each) for each in task.values() if isinstance(each, list)]
        return next((each for each in lists if any(map(_is_rectangle, each))), [] if "annotator" in task else None)
    made = records(task.get("annotations") or task.get("completions") or [])
    valid = [each for each in made if not each.get("was_cancelled")]
    chosen = next((each for each in valid if each.get("ground_truth")), valid[0] if valid else None)
    if chosen is None:
        return None
    return [{**each, **_value(each)} for each in records(chosen.get("result"))]


def _value(region: Record) -> Record:
    value = region.get("value")
    return value if isinstance(value, Mapping) else {}


def _is_rectangle(region: Record) -> bool:
    return "rectanglelabels" in region or region.get("type") in {"rectanglelabels", "rectangle"}


def _object(region: Record) -> DrawnObject:
    left, top, width, height = numbers(region, _SIDES)
    names = region.get("rectanglelabels")
    name = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    turn = number(region.get("rotation") or 0)
    problem = f"rotated box: turned by {turn:g} degrees, only upright boxes are read." if turn % 360 else ""
    several = isinstance(names, list) and len(names) > 1
    problem = f"box of several classes: {', '.join(map(str, names))[:100]}." if several and names else problem
    sides = (left / _WHOLE, top / _WHOLE, (left + width) / _WHOLE, (top + height) / _WHOLE)
    return DrawnObject(name, sides, problem=problem)
