"""A folder of picture files: <class>/*, or train/<class>/* with test/<class>/* (or names like these)."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from saccade import registry
from saccade.data import listing
from saccade.data.folder_layout import EXPECTED, ClassFolder, class_folders, listed, tables_in
from saccade.data.listing import Found, Listing
from saccade.data.pictures import SUFFIXES
from saccade.data.recognising import HIDDEN, holds_pictures, readable, subfolders, visible
from saccade.errors import DataError


def recognises(path: Path) -> bool:
    """Say whether it is a folder of folders; whether these are classes is for `read` to say."""
    return path.is_dir() and bool(subfolders(path))


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the picture files below the class folders; nested folders belong to their class.

    Raises:
        DataError: there are no pictures, no class folders, only one class, or a class that training lacks.
    """
    del quiet  # takes less than a second
    folders, layout_notes = class_folders(path)
    found: list[Found] = []
    skipped: Counter[str] = Counter()
    prefix = len(os.path.join(path, ""))  # noqa: PTH118
    for folder in folders:
        for file in _files(folder.path):
            # os.path and text, not pathlib, where it is done 60,000 times: a quarter of the time
            suffix = os.path.splitext(file)[1].lower()  # noqa: PTH122
            if suffix in SUFFIXES:
                found.append(Found(_named(file, prefix=prefix), folder.name, folder.part, file))
            else:
                skipped[suffix or "no ending"] += 1
    if not found:
        raise DataError(_nothing(path, folders, skipped))
    notes = [*layout_notes, *_beside(path, folders), *_empty(path, folders, found), *_no_pictures(skipped)]
    return listing.of_files(found, notes=notes)


def _named(file: str, *, prefix: int) -> str:
    """Return the path below the source, whose own path and separator take `prefix` letters."""
    name = file[prefix:].replace(os.sep, "/")
    # A file name on Linux may be any bytes; ours must be text that can be written and printed.
    return name if name.isascii() else os.fsencode(name).decode(errors="backslashreplace")


def _files(folder: Path) -> Iterator[str]:
    """Yield the files below a folder in order, following links but never into a folder that is being walked.

    A link to a folder above would otherwise bring in other classes, or never end.
    """
    real = Path(os.path.realpath(folder))
    yield from _walk(str(folder), {str(real), *map(str, real.parents)})


def _walk(folder: str, seen: set[str]) -> Iterator[str]:
    with readable(folder), os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.name.startswith(HIDDEN):
            continue
        # for links not entry.is_dir(), which raises for one that points to itself
        is_folder = Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()
        if not is_folder:
            yield entry.path
        elif (real := os.path.realpath(entry.path)) not in seen:
            seen.add(real)
            yield from _walk(entry.path, seen)


def _nothing(path: Path, folders: Sequence[ClassFolder], skipped: Counter[str]) -> str:
    loose = sum(_loose(folder) for folder in (path, *visible(path)))
    if loose:
        return f"{path} has {loose} pictures, but not in class folders. {EXPECTED}{tables_in(path)}"
    if archives := _archives(path):
        way = "Unpack it, or name it in place of the folder." if len(archives) == 1 else "Unpack them first."
        return f"{path} has no pictures, but archives: {listed(archives)}. {way}"
    if skipped:
        return f"{path} has no pictures: {_listed(skipped)}. {EXPECTED}"
    return f"{path} has no pictures{' in its folders' if folders else ': it is empty'}. {EXPECTED}"


def _archives(path: Path) -> list[str]:
    is_archive = registry.load("sources", "archive").recognises
    files = [file for folder in (path, *subfolders(path)) for file in visible(folder)]
    return [file.relative_to(path).as_posix() for file in files if is_archive(file)]


def _loose(folder: Path) -> int:
    """Return how many pictures lie directly in a folder."""
    return sum(entry.suffix.lower() in SUFFIXES for entry in visible(folder)) if folder.is_dir() else 0


def _beside(path: Path, folders: Sequence[ClassFolder]) -> list[str]:
    """Note pictures and folders that belong to no class."""
    places = {folder.path.parent for folder in folders} | {path}
    loose = sum(_loose(place) for place in places)
    notes = [f"{loose} pictures outside of class folders were left out."] if loose else []
    taken = {folder.path.relative_to(path).parts[0] for folder in folders}
    others = [entry for entry in subfolders(path) if entry.name not in taken]
    return notes + [_left_out(other) for other in others]


def _left_out(folder: Path) -> str:
    """Say which folder was not used: beside splits with classes in them, others are no classes."""
    number = sum(os.path.splitext(file)[1].lower() in SUFFIXES for file in _files(folder))  # noqa: PTH122
    if number and not any(map(holds_pictures, subfolders(folder))):
        return f"{number} pictures in '{folder.name}' have no class folder and were left out."
    return f"The folder '{folder.name}' beside the parts was left out{f', with its {number} pictures' * bool(number)}."


def _empty(path: Path, folders: Sequence[ClassFolder], found: Sequence[Found]) -> list[str]:
    filled = {(row.part, row.label) for row in found}
    empty = [folder for folder in folders if (folder.part, folder.name) not in filled]
    return [f"The class folder '{folder.path.relative_to(path).as_posix()}' has no pictures." for folder in empty]


def _no_pictures(skipped: Counter[str]) -> list[str]:
    return [f"Files that are no pictures were left out: {_listed(skipped)}."] if skipped else []


def _listed(skipped: Counter[str]) -> str:
    return ", ".join(f"{count} × {suffix}" for suffix, count in sorted(skipped.items()))
