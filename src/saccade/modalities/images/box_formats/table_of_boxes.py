"""Table of boxes: path, label, xmin, ymin, xmax, ymax, a row a box, or names like these; CSV, TSV or Parquet."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.split_names import splits_of
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import files_ending, split_by_file
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject, Unit
from saccade.modalities.images.gathered_images import NOT_THERE, GatheredImages
from saccade.modalities.images.image_tables.cells import Cells, read_cells, without_header
from saccade.modalities.images.image_tables.columns import plain
from saccade.modalities.images.image_tables.files import is_image_name
from saccade.modalities.images.json_boxes import NOT_A_NUMBER, lookup_for, number
from saccade.modalities.images.turned_boxes import Sides

ENDINGS = (".csv", ".csv.gz", ".tsv", ".parquet")

_IMAGES = (
    "path", "filename", "file_name", "image", "image_path", "file", "file_path", "filepath", "image_name", "imagename",
    "image_id", "imageid", "img", "img_path", "image_file", "name", "id",
)  # fmt: skip
_CLASSES = (
    "label", "class", "class_name", "classname", "category", "category_name", "label_name", "labelname", "object",
    "object_class", "type", "species", "class_id", "category_id", "label_id", "name",
)  # fmt: skip
_SPLIT = ("split", "subset", "set", "usage", "partition", "fold", "data_split")
_CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"), ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"), ("left", "top", "right", "bottom"), ("x_1", "y_1", "x_2", "y_2"),
    ("bbox_xmin", "bbox_ymin", "bbox_xmax", "bbox_ymax"), ("bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"),
    ("minx", "miny", "maxx", "maxy"),
)  # fmt: skip
_SIZES = (
    ("x", "y", "w", "h"), ("x", "y", "width", "height"), ("left", "top", "width", "height"),
    ("bbox_x", "bbox_y", "bbox_w", "bbox_h"), ("bbox_x", "bbox_y", "bbox_width", "bbox_height"),
    ("xmin", "ymin", "width", "height"), ("xmin", "ymin", "w", "h"), ("x_min", "y_min", "width", "height"),
)  # fmt: skip
_IMAGE_SIZES = (("height", "width"), ("image_height", "image_width"), ("img_height", "img_width"))
_IGNORED = ("isgroupof", "is_group_of", "iscrowd", "is_crowd", "difficult")
_NO_HEADER = tuple(f"column {number}" for number in range(1, 7))
"""Of a table without a header: image, left, top, right, bottom, class."""

_LISTS = ("bbox", "box", "bounding_box")
_LIST = re.compile(r"[\[(]?\s*([^\s,;]+)[\s,;]+([^\s,;]+)[\s,;]+([^\s,;]+)[\s,;]+([^\s,;\])]+)\s*[\])]?")
ONE_CLASS = "object"
"""The class of all objects, where a table has no column of classes."""

_YES = ("1", "1.0", "true")

NO_OBJECT = ("", "background", "none", "nothing", "negative", "normal", "no finding", "no_finding", "no object", "0")
"""How the class is called in a row that says that there is nothing in its image."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table say what.

    Attributes:
        image: names the image.
        label: names the class; "" where all objects are of one.
        sides: four columns, or one that lists four numbers.
        are_corners: whether they are left, top, right and bottom; else left, top, width and height.
        size: height and width of the image; () where no columns say them.
        split: "" where no column says it.
        ignored: says with 1 or true that an object is a crowd or difficult; "" where no column does.
    """

    image: str
    label: str
    sides: tuple[str, ...]
    are_corners: bool
    size: tuple[str, ...]
    split: str
    ignored: str = ""


def recognises(path: Path) -> bool:
    """Say whether there is a table with a column that names images and columns with the sides of boxes."""
    return next(_tables(path), None) is not None


def _tables(path: Path) -> Iterator[tuple[Path, Columns]]:
    files = [path] if path.is_file() else files_ending(path, ENDINGS)
    for file in files:
        columns = _head(file) if file.name.lower().endswith(ENDINGS) else None
        if columns:
            yield file, columns


def _head(file: Path) -> Columns | None:
    try:
        return columns_of(_cells(file, head=True).names)
    except DataError:
        return None


def _cells(file: Path, *, head: bool = False) -> Cells:
    """Return the cells of a table; without a header where its first line is an image and a box, as RetinaNet has it."""
    cells = read_cells(file, head=head)
    name, *rest = cells.first or ("",)
    sides = [number(each) for each in rest[:4]]
    is_row = is_image_name(name) and len(rest) > 4 and all(map(isfinite, sides)) and not isfinite(number(rest[4]))
    return without_header(cells) if is_row else cells


def columns_of(names: Sequence[str]) -> Columns | None:
    """Return which columns say what, by their names; None where no box can be made of them."""
    if tuple(names[: len(_NO_HEADER)]) == _NO_HEADER:
        return Columns(names[0], names[5], tuple(names[1:5]), are_corners=True, size=(), split="")
    known = {plain(name): name for name in reversed(names)}
    corners = next((each for each in _CORNERS if set(each) <= set(known)), ())
    sizes = () if corners else next((each for each in _SIZES if set(each) <= set(known)), ())
    listed = () if corners or sizes else tuple(name for name in _LISTS if name in known)[:1]
    sides = corners or sizes or listed
    rest = [name for name in known if name not in sides]
    image = next((name for name in _IMAGES if name in rest), "")
    if not sides or not image:
        return None
    label = next((name for name in _CLASSES if name in rest and name != image), "")
    size = next((each for each in _IMAGE_SIZES if set(each) <= set(rest)), ())
    split = next((name for name in _SPLIT if name in rest), "")
    ignored = next((name for name in _IGNORED if name in rest), "")
    original = {"": "", **known}
    return Columns(
        original[image],
        original[label],
        tuple(original[name] for name in sides),
        bool(corners),
        tuple(original[name] for name in size),
        original[split],
        original[ignored],
    )


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images that the rows name, with their boxes; a row without sides says that its image has none.

    Where all sides are from 0 to 1, they are fractions of the image, else pixels. A column "bbox" has left, top, width
    and height.

    Raises:
        DataError: a table is damaged, or no image has a box that can be used.
    """
    gathered, notes = GatheredImages(lookup_for(path)), dict[str, None]()  # a table each split says the same
    for file, columns in _tables(path):
        cells = _cells(file)
        notes |= dict.fromkeys([*cells.notes, *_said(file, columns)])
        _add(_rows(file, cells, columns, gathered), file, gathered)
    return gathered.settled(path, notes=notes, quiet=quiet)


def _said(file: Path, columns: Columns) -> Iterator[str]:
    label = f"classes from '{columns.label}'" if columns.label else f"no column of classes, so all are '{ONE_CLASS}'"
    yield f"Boxes of {file.name} from {', '.join(map(repr, columns.sides))}, images from '{columns.image}', {label}."


@dataclass(frozen=True)
class _Row:
    """What a row says."""

    image: str
    drawn: DrawnObject | None
    unit: Unit
    size: tuple[int, int] | None
    split: str


def _rows(file: Path, cells: Cells, columns: Columns, gathered: GatheredImages) -> Iterator[_Row]:
    count = len(cells.rows)
    sides = list(_sides(cells, columns))
    unit: Unit = "fractions" if _are_fractions(sides) else "pixels"
    splits = _column(cells, columns.split)
    known = splits_of(set(splits) - {""})
    sizes = [_size(row) for row in zip(*map(cells.column, columns.size), strict=True)] or [None] * count
    labels = _column(cells, columns.label, otherwise=ONE_CLASS)
    ignored = [cell.lower() in _YES for cell in _column(cells, columns.ignored)]
    every = zip(cells.column(columns.image), labels, sides, ignored, splits, sizes, strict=True)
    for line, (name, label, four, is_ignored, split, size) in enumerate(every, 2):
        if not name:
            gathered.add(SkippedItem(f"{file.name}: row {line}", "row without an image."))
            continue
        drawn = _drawn(label, four, is_said=bool(columns.label), is_ignored=is_ignored)
        yield _Row(name, drawn, unit, size, known.get(split, ""))


def _column(cells: Cells, name: str, *, otherwise: str = "") -> list[str]:
    """Return the cells of a column, or so many times the same where there is none."""
    return cells.column(name) if name else [otherwise] * len(cells.rows)


def _drawn(label: str, sides: Sides | None, *, is_said: bool, is_ignored: bool) -> DrawnObject | None:
    """Return the box of a row; None for one that says that there is none."""
    if sides is not None:
        return DrawnObject(label, sides, is_ignored=is_ignored)
    if is_said and label.strip().lower() not in NO_OBJECT:
        return DrawnObject(label, (0, 0, 0, 0), problem=f"row with a class and without a box: {label[:60]!r}.")
    return None


def _sides(cells: Cells, columns: Columns) -> Iterator[Sides | None]:
    """Yield left, top, right and bottom of each row, None for a row without any."""
    for texts in zip(*map(cells.column, columns.sides), strict=True):
        if not any(texts):
            yield None
            continue
        four = _listed(texts[0]) if len(texts) == 1 else [number(text.replace(",", ".")) for text in texts]
        left, top, right, bottom = four
        yield (left, top, right, bottom) if columns.are_corners else (left, top, left + right, top + bottom)


def _listed(text: str) -> list[float]:
    found = _LIST.fullmatch(text.strip())
    return [number(each) for each in found.groups()] if found else [NOT_A_NUMBER] * 4


def _are_fractions(sides: Sequence[Sides | None]) -> bool:
    values = [value for four in sides if four for value in four if isfinite(value)]
    return bool(values) and max(values) <= 1.01 and any(value != int(value) for value in values)


def _size(texts: Sequence[str]) -> tuple[int, int] | None:
    height, width = map(number, texts)
    return (int(height), int(width)) if 0 < height < 1e6 and 0 < width < 1e6 else None


def _add(rows: Iterator[_Row], file: Path, gathered: GatheredImages) -> None:
    """Add the images of a table with all of their boxes; those in an earlier table are skipped."""
    own, missing = dict[Path, tuple[_Row, list[DrawnObject]]](), dict[str, None]()
    lookup, paths = gathered.lookup, dict[str, Path | None]()
    of_file = split_by_file(file, lookup.folder)
    for row in rows:
        if row.image not in paths:
            paths[row.image] = lookup.find(row.image, near=file, split=of_file)
        found = paths[row.image]
        if found is None:
            missing[row.image] = None
        else:
            own.setdefault(found, (row, []))[1].extend([row.drawn] if row.drawn else [])
    for name in missing:
        gathered.add(SkippedItem(name, NOT_THERE))
    for found, (row, objects) in own.items():
        image = DrawnImage(lookup.name(found), found, tuple(objects), row.unit, row.size, row.split or of_file)
        gathered.add(image, twice="named in two tables, the first counts")
