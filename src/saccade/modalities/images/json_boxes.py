"""JSON files that may hold boxes: found by a look at their beginning and end, read with care."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from saccade.core.errors import DataError
from saccade.core.safe_json import parse_json
from saccade.modalities.images.box_files import files_ending
from saccade.modalities.images.image_lookup import ImageLookup

LARGEST = 1 << 30  # bytes
_SEEN = 1 << 16  # bytes at each end

NOT_A_NUMBER = float("nan")


def marked_files(path: Path, *marks: Iterable[str]) -> Iterator[Path]:
    """Yield the JSON files at a path that have, at their beginning or end, one of the texts of each of `marks`."""
    files = [path] if path.is_file() else files_ending(path, (".json",))
    for file in files:
        ends = _ends(file) if file.name.lower().endswith(".json") else b""
        if ends and all(any(mark.encode() in ends for mark in alternatives) for alternatives in marks):
            yield file


def _ends(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            begin = opened.read(_SEEN)
            opened.seek(max(len(begin), file.stat().st_size - _SEEN))
            return begin + opened.read(_SEEN)
    except OSError:
        return b""


def content(file: Path) -> Any:
    """Return what a JSON file says; raises DataError."""
    try:
        if file.stat().st_size > LARGEST:
            raise DataError(f"{file} has more than a gigabyte, too much for one file of boxes: split it.")
        return parse_json(file.read_bytes())
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"{file} cannot be read as JSON: {str(error)[:200].removesuffix('.')}.") from error


def entries(file: Path, *, expected: str) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON file that is a list of them.

    Args:
        file: the file.
        expected: what to say of another, with "{file}" for its path.

    Raises:
        DataError: it is no list, or cannot be read.
    """
    said = content(file)
    if not isinstance(said, list):
        raise DataError(expected.format(file=file))
    return records(said)


def lookup_for(path: Path) -> ImageLookup:
    """Return the images of a folder; of a file of boxes those below its folder, else below the folder above."""
    if path.is_dir():
        return ImageLookup(path)
    beside = ImageLookup(path.absolute().parent)
    return beside if beside.files else ImageLookup(path.absolute().parent.parent)


def number(value: Any) -> float:
    """Return a number, also one that is written as text; NaN for what is none."""
    try:
        return NOT_A_NUMBER if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return NOT_A_NUMBER


def numbers(content: Any, names: Iterable[str]) -> list[float]:
    """Return some numbers of an object; NaN for those that it has not."""
    return [number(content.get(name)) if isinstance(content, Mapping) else NOT_A_NUMBER for name in names]


def records(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; of anything else none."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
