"""Which column of a table names images, and where these are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saccade.core.errors import DataError
from saccade.modalities.images.image_tables.cells import Cells, without_header
from saccade.modalities.images.image_tables.files import Finder, Place, is_image_name

_IMAGE = (
    "path", "image", "file_name", "filename", "file", "image_path", "file_path", "filepath", "image_name", "imagename",
    "image_file", "img", "img_path", "image_id", "imageid", "img_id", "id", "id_code", "name", "photo", "picture",
    "url",
)  # fmt: skip
FLOAT = re.compile(r"[+-]?\d*[.,]\d*(e[+-]?\d+)?", re.IGNORECASE)
"""A number with a point or comma: no name of a file, and no class."""

_LOOKED_AT = 500  # cells, about, that show whether a column holds names
_LONGEST = 300  # letters of a path


@dataclass(frozen=True)
class Images:
    """The column that names images.

    Attributes:
        column: its name.
        place: where the files are; its share is 0 where none is there.
        cells: the table; without its header when the first line turned out to be a row.
    """

    column: str
    place: Place
    cells: Cells


def plain(name: str) -> str:
    """Return a column's name in small letters, with "_" for what is no letter or digit."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def find_images(cells: Cells, path: Path) -> Images | None:
    """Return the column whose cells name images that are there, or that at least look like names of images.

    Raises:
        DataError: several columns do, and none of them is called as such columns are.
    """
    finder = Finder(path)
    found = [each for name in cells.names if (each := _images(cells, name, finder))]
    there = [each for each in found if each.place.share] or found
    if not there:
        return None
    ranked = sorted(there, key=lambda each: rank(each.column, _IMAGE))
    if len(ranked) > 1 and rank(ranked[0].column, _IMAGE) == rank(ranked[1].column, _IMAGE):
        names = " and ".join(f"'{each.column}'" for each in ranked[:2])
        raise DataError(f"{path} names images in several columns, {names}. Call the one to take 'image'.")
    return _headed(ranked[0], path)


def _images(cells: Cells, name: str, finder: Finder) -> Images | None:
    said = [text for text in cells.column(name) if text] or [name]
    said = said[:: max(1, len(said) // _LOOKED_AT)]
    documented = plain(name) == "path" and "label" in map(plain, cells.names)
    named = documented or sum(map(is_image_name, said)) > 0.8 * len(said)
    if not named and not _may_be_names(name, said):
        return None
    place = finder.place(said)
    return Images(name, place, cells) if named or place.share > 0.5 else None


def _may_be_names(name: str, said: Sequence[str]) -> bool:
    """Say whether cells may name files without their endings: in a column called so, or almost all different.

    Whole numbers alone are not enough where columns have names: rows are numbered, too, and a 0.jpg may be near.
    """
    if any(len(text) > _LONGEST or FLOAT.fullmatch(text) for text in said):
        return False
    counted = all(text.isdecimal() for text in said) and not name.isdecimal()
    return plain(name) in _IMAGE or (not counted and len(set(said)) > 0.9 * len(said))


def _headed(images: Images, path: Path) -> Images:
    """Return the column with the first line as a row where it names an image, and no column."""
    if not (is_image_name(images.column) or images.place.file(images.column)) or not images.cells.first:
        return images
    position = images.cells.names.index(images.column)
    cells = without_header(images.cells)
    return Images(cells.names[position], images.place, cells)


def rank(name: str, known: Sequence[str]) -> int:
    """Return the position of a column's name among known ones; behind all where it is none."""
    return known.index(plain(name)) if plain(name) in known else len(known)
