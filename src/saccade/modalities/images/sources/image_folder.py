"""A folder of image files: <class>/*, or train/<class>/* with test/<class>/* (or names like these)."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from saccade.core import registry
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import by_reason
from saccade.modalities.images import listing
from saccade.modalities.images.file_kinds import SUFFIXES, ending, skipped_by_ending
from saccade.modalities.images.file_search import NOWHERE, files_below, has_images, printable, subfolders, visible
from saccade.modalities.images.folder_layout import EXPECTED, ClassFolder, class_folders, listed, tables_in
from saccade.modalities.images.listing import Found, Listing

MASKS = ("ground_truth", "mask", "masks", "annotations")
"""Folders that data sets have beside their splits, which nobody misses: their images show where things are."""

FEWEST_CLASSES = 2
"""Folders with images side by side that look like classes."""


def recognises(path: Path) -> bool:
    """Say whether it is a folder of folders; whether these are classes is for `read` to say."""
    return path.is_dir() and bool(subfolders(path))


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the image files below the class folders; nested folders belong to their class.

    Raises:
        DataError: there are no images, no class folders, only one class, or a class that training lacks.
    """
    del quiet  # takes less than a second
    folders, notes = class_folders(path)
    folders = [folder for folder in folders if not _holds(folder.path, path)]
    found: list[Found] = []
    aside: list[SkippedItem] = []
    prefix = len(os.path.join(path, ""))  # noqa: PTH118
    for folder in folders:
        for file in files_below(folder.path):
            skipped = file if isinstance(file, SkippedItem) else skipped_by_ending(file)
            if skipped:
                aside.append(replace(skipped, name=_named(skipped.name, prefix=prefix)))
            else:
                found.append(Found(_named(str(file), prefix=prefix), folder.name, folder.split, str(file)))
    if not found:
        raise DataError(_nothing(path, folders, aside))
    beside = [*_beside(path, folders), *_empty(path, folders, found)]
    return listing.of_files(found, notes=notes, skipped_items=[*beside, *aside])


def _holds(folder: Path, path: Path) -> bool:
    """Say whether a folder is a link to the source itself or above: all classes would be in it."""
    return folder.is_symlink() and path.resolve().is_relative_to(folder.resolve())


def _named(file: str, *, prefix: int) -> str:
    """Return the path below the source, whose own path and separator take `prefix` letters."""
    return printable(file[prefix:].replace(os.sep, "/"))


def _nothing(path: Path, folders: Sequence[ClassFolder], skipped: Sequence[SkippedItem]) -> str:
    loose = [each for place in (path, *subfolders(path)) for each in _loose(place, path)]
    images = sum(each.kind == "image" for each in loose)
    if images:
        return (
            f"{path} has {images} images, but not in class folders. {_class_of(path) or EXPECTED}{tables_in(path)} "
            f"Images that nothing labels yet get their labels, or boxes, in: saccade studio"
        )
    if archives := _archives(path):
        way = "Unpack it, or name it in place of the folder." if len(archives) == 1 else "Unpack them first."
        return f"{path} has no images, but archives: {listed(archives)}. {way}"
    every = {each.name: each for each in (*skipped, *loose)}.values()
    if every:
        return f"{path} has no images that can be read: {'; '.join(map(str, by_reason(every)))}. {EXPECTED}"
    return f"{path} has no images{' in its folders' if folders else ': it is empty'}. {EXPECTED}"


def _class_of(path: Path) -> str:
    """Return a hint where the folder is itself a class beside others; "" else."""
    above = path.resolve().parent
    folders = subfolders(above)
    alike = sum(map(has_images, folders))
    if alike < FEWEST_CLASSES or 2 * alike < len(folders):  # else it lies among folders of all kinds
        return ""
    return f"It looks like one of the class folders in {above}: name that one, with all of them."


def _archives(path: Path) -> list[str]:
    is_archive = registry.load("sources", "archive").recognises
    files = [file for folder in (path, *subfolders(path)) for file in visible(folder)]
    return [file.relative_to(path).as_posix() for file in files if is_archive(file)]


def _loose(folder: Path, path: Path) -> Iterator[SkippedItem]:
    """Yield the files that lie directly in a folder, where no class says what they show."""
    for file in visible(folder):
        name = printable(file.relative_to(path).as_posix())
        if file.is_symlink() and not file.exists():
            yield SkippedItem(name, NOWHERE)
        elif not file.is_dir():
            yield skipped_by_ending(name) or SkippedItem(name, "image outside of the class folders, left out.")


def _beside(path: Path, folders: Sequence[ClassFolder]) -> Iterator[SkippedItem]:
    """Yield images and folders that belong to no class."""
    for place in sorted({folder.path.parent for folder in folders} | {path}):
        yield from _loose(place, path)
    taken = {folder.path.relative_to(path).parts[0] for folder in folders}
    yield from (_left_out(entry) for entry in subfolders(path) if entry.name not in taken)


def _left_out(folder: Path) -> SkippedItem:
    """Say which folder was not used: beside splits with classes in them, others are no classes."""
    name = printable(folder.name)
    images = sum(not isinstance(file, SkippedItem) and ending(file) in SUFFIXES for file in files_below(folder))
    if not images:
        return SkippedItem(name, "folder beside the splits, left out: no images.", kind="other")
    kind = "other" if name.lower() in MASKS else "folder"
    return SkippedItem(name, f"folder beside the splits, left out: {images:,} images.", kind=kind)


def _empty(path: Path, folders: Sequence[ClassFolder], found: Sequence[Found]) -> Iterator[SkippedItem]:
    filled = {(row.split, row.label) for row in found}
    for folder in folders:
        if (folder.split, folder.name) not in filled:
            name = printable(folder.path.relative_to(path).as_posix())
            yield SkippedItem(name, "class folder that has no images.", kind="folder")
