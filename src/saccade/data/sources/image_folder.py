"""A folder of picture files: train|val|valid|validation|test/<class>/*, or just <class>/*."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saccade.data import listing
from saccade.data.dataset import PARTS, SetAside
from saccade.data.file_kinds import SUFFIXES, ending, skipped_by_ending
from saccade.data.listing import PART_NAMES, Found, Listing
from saccade.data.recognising import visible
from saccade.data.skipping import by_reason
from saccade.data.walking import NOWHERE, files_below, printable
from saccade.errors import DataError

_EXPECTED = "Expected <class>/*.jpg, or train/<class>/*.jpg with test/<class>/*.jpg."

MASKS = ("ground_truth", "mask", "masks", "annotations")
"""Folders that data sets have beside their splits, which nobody misses: their pictures show where things are."""


@dataclass(frozen=True)
class _ClassFolder:
    part: str
    name: str
    path: Path


def recognises(path: Path) -> bool:
    """Say whether it is a folder of folders; whether these are classes is for `read` to say."""
    return path.is_dir() and any(entry.is_dir() for entry in visible(path))


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the picture files below the class folders; nested folders belong to their class.

    Raises:
        DataError: there are no pictures, no class folders, only one class, or a class that training lacks.
    """
    del quiet  # takes less than a second
    folders = [folder for folder in _class_folders(path) if not _holds(folder.path, path)]
    found: list[Found] = []
    aside: list[SetAside] = []
    prefix = len(os.path.join(path, ""))  # noqa: PTH118
    for folder in folders:
        for file in files_below(folder.path):
            skipped = file if isinstance(file, SetAside) else skipped_by_ending(file)
            if skipped:
                aside.append(replace(skipped, name=_named(skipped.name, prefix=prefix)))
            else:
                found.append(Found(_named(str(file), prefix=prefix), folder.name, folder.part, str(file)))
    if not found:
        raise DataError(_nothing(path, folders, aside))
    return listing.of_files(found, set_aside=[*_beside(path, folders), *_empty(path, folders, found), *aside])


def _holds(folder: Path, path: Path) -> bool:
    """Say whether a folder is a link to the source itself or above: all classes would be in it."""
    return folder.is_symlink() and path.resolve().is_relative_to(folder.resolve())


def _named(file: str, *, prefix: int) -> str:
    """Return the path below the source, whose own path and separator take `prefix` letters."""
    return printable(file[prefix:].replace(os.sep, "/"))


def _class_folders(path: Path) -> list[_ClassFolder]:
    """Return the class folders by part, in the order of rows."""
    subfolders = [entry for entry in visible(path) if entry.is_dir()]
    parts = [folder for folder in subfolders if _is_part(folder)]
    if not parts:
        return [_ClassFolder("", folder.name, folder) for folder in subfolders]
    classes = [
        _ClassFolder(PART_NAMES[folder.name.lower()], entry.name, entry)
        for folder in parts
        for entry in visible(folder)
        if entry.is_dir()
    ]
    return sorted(classes, key=lambda folder: PARTS.index(folder.part))


def _is_part(folder: Path) -> bool:
    """Say whether a folder is a part; "train" with pictures but no folders in it may be about trains."""
    return folder.name.lower() in PART_NAMES and any(entry.is_dir() for entry in visible(folder))


def _nothing(path: Path, folders: Sequence[_ClassFolder], aside: Sequence[SetAside]) -> str:
    places = (path, *(folder for folder in visible(path) if folder.is_dir()))
    loose = [each for place in places for each in _loose(place, path)]
    pictures = sum(each.kind == "image" for each in loose)
    if pictures:
        return f"{path} has {pictures} pictures, but not in class folders. {_EXPECTED}"
    every = {each.name: each for each in (*aside, *loose)}.values()
    if every:
        return f"{path} has no pictures that can be read: {'; '.join(map(str, by_reason(every)))}. {_EXPECTED}"
    return f"{path} has no pictures{' in its folders' if folders else ': it is empty'}. {_EXPECTED}"


def _loose(folder: Path, path: Path) -> Iterator[SetAside]:
    """Yield the files that lie directly in a folder, where no class says what they show."""
    for file in visible(folder):
        name = printable(file.relative_to(path).as_posix())
        if file.is_symlink() and not file.exists():
            yield SetAside(name, NOWHERE)
        elif not file.is_dir():
            yield skipped_by_ending(name) or SetAside(name, "picture outside of the class folders, left out.")


def _beside(path: Path, folders: Sequence[_ClassFolder]) -> Iterator[SetAside]:
    """Yield pictures and folders that belong to no class."""
    places = {folder.path.parent for folder in folders} | {path}
    for place in sorted(places):
        yield from _loose(place, path)
    taken = places | {folder.path for folder in folders}
    yield from (_left_out(entry) for entry in visible(path) if entry.is_dir() and entry not in taken)


def _left_out(folder: Path) -> SetAside:
    """Say which folder was not used: beside train, val or test with folders in them, others are no classes."""
    name = printable(folder.name)
    pictures = sum(not isinstance(file, SetAside) and ending(file) in SUFFIXES for file in files_below(folder))
    if not pictures:
        return SetAside(name, "folder beside the splits, left out: no pictures.", kind="other")
    kind = "other" if name.lower() in MASKS else "folder"
    return SetAside(name, f"folder beside the splits, left out: {pictures:,} pictures.", kind=kind)


def _empty(path: Path, folders: Sequence[_ClassFolder], found: Sequence[Found]) -> Iterator[SetAside]:
    filled = {(row.part, row.label) for row in found}
    for folder in folders:
        if (folder.part, folder.name) not in filled:
            name = printable(folder.path.relative_to(path).as_posix())
            yield SetAside(name, "class folder that has no pictures.", kind="folder")
