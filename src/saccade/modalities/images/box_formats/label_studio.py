"""Label Studio: its JSON, JSON-MIN, CSV and TSV exports of rectangles, in percent of the image."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.safe_json import parse_json
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import files_ending, split_by_file
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject
from saccade.modalities.images.gathered_images import GatheredImages
from saccade.modalities.images.image_lookup import ImageLookup
from saccade.modalities.images.image_tables.cells import Cells, read_cells
from saccade.modalities.images.json_boxes import entries, lookup_for, marked_files, number, numbers, records

_SIDES = ("x", "y", "width", "height")
_WHOLE = 100  # percent
_MARK = "rectanglelabels"
_TABLES = (".csv", ".tsv")
_OWN = ("id", "annotator", "completed_by", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
"""Columns of Label Studio's own: a number in them names no image."""

_EXPECTED = "{file} is no list of tasks. Export it from Label Studio as JSON, JSON-MIN or CSV."

Record = Mapping[str, Any]


def recognises(path: Path) -> bool:
    """Say whether there is a JSON file or a table with rectangles of Label Studio."""
    return next(_files(path), None) is not None


def _files(path: Path) -> Iterator[Path]:
    yield from marked_files(path, (f'"{_MARK}"',))
    tables = [path] if path.is_file() else files_ending(path, _TABLES)
    yield from (file for file in tables if file.name.lower().endswith(_TABLES) and _columns(file))


def _columns(file: Path) -> tuple[str, ...]:
    """Return the columns of a table that hold rectangles, as lists in JSON; none where it cannot be read."""
    try:
        return _with_rectangles(read_cells(file, head=True))
    except DataError:
        return ()


def _with_rectangles(cells: Cells) -> tuple[str, ...]:
    return tuple(name for name in cells.names if any(_MARK in cell for cell in cells.column(name)))


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of the tasks with their boxes; tasks that nobody annotated are skipped.

    Of several annotations of a task the one that is marked as true counts, else the first that was not cancelled.

    Raises:
        DataError: a file is damaged, or no image has a box that can be used.
    """
    gathered = GatheredImages(lookup_for(path))
    for file in _files(path):
        for row, task in enumerate(_tasks(file), 1):
            called = f"{gathered.lookup.name(file)}: task {task.get('id', row)}"
            gathered.add(_image(task, called, file, gathered.lookup))
    return gathered.settled(path, quiet=quiet)


def _tasks(file: Path) -> Iterator[Record]:
    """Yield the tasks of a file; a row of a table says what an entry of JSON-MIN says, its lists as JSON."""
    if not file.name.lower().endswith(_TABLES):
        yield from entries(file, expected=_EXPECTED)
        return
    cells = read_cells(file)
    listed = [name for name in cells.names if any(cell.startswith("[{") for cell in cells.column(name))]
    for row in cells.rows:
        said = dict(zip(cells.names, row, strict=True))
        own = {name: said[name] for name in ("annotator", "completed_by") if said.get(name)}
        rest = {name: _content(cell) if name in listed else cell for name, cell in said.items() if name not in _OWN}
        yield {**rest, **own}


def _content(cell: str) -> Any:
    """Return the regions in a cell, or the cell as it is where it is no JSON."""
    try:
        return parse_json(cell.encode()) if cell else []
    except ValueError:
        return cell


def _image(task: Record, called: str, file: Path, lookup: ImageLookup) -> DrawnImage | SkippedItem:
    """Return the image of a task with its boxes, or why it cannot be used."""
    data = task.get("data")
    texts = [each for each in (data if isinstance(data, Mapping) else task).values() if isinstance(each, str)]
    found = next(filter(None, (lookup.find(each, near=file) for each in texts if len(each) < 2000)), None)
    if found is None:
        return SkippedItem(called, "task whose image is not there.")
    if any(_MARK in each for each in texts):
        return SkippedItem(lookup.name(found), "task whose boxes cannot be read as JSON.")
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
        drawn = next((each for each in lists if any(map(_is_rectangle, each))), next(filter(None, lists), []))
        return drawn if drawn or "annotator" in task else None
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
