"""The images that a label file is about: all below its folder, each with the class of its folder where that counts."""

import os
from collections.abc import Iterator
from pathlib import Path

from saccade.core import registry
from saccade.modalities.images.file_kinds import skipped_by_ending
from saccade.modalities.images.file_search import files_below, printable
from saccade.modalities.images.label_file import Folders
from saccade.modalities.images.listing import Found


def images_below(images: Path, folders: Folders, *, quiet: bool = True) -> dict[str, Found]:
    """Return all images of a folder by their full path, in order.

    Args:
        images: the folder.
        folders: "classes": their class and split are those that the folders say; else they have none, "".
        quiet: no progress bars.

    Raises:
        DataError: the folder may not be opened, or has no class folders though they are to say the classes.
    """
    if folders == "classes":
        base = registry.load("sources", "image_folder").read(images, quiet=quiet)
        classes = [base.classes[label] for label in base.labels]
        rows = zip(base.names.tolist(), classes, base.splits.tolist(), base.files, strict=True)
        return {place(row[3]): Found(*row) for row in rows}
    return {place(each): Found(name_below(each, images), "", "", each) for each in _files(images)}


def place(file: str | Path) -> str:
    """Return the full path, by which a file is known; links are not followed, for each is an image of its own."""
    return os.path.normpath(Path(file).absolute())


def name_below(file: str, images: Path) -> str:
    """Return a file's path relative to the folder of the images, with "/"."""
    return printable(os.path.relpath(file, images).replace(os.sep, "/"))


def _files(images: Path) -> Iterator[str]:
    return (found for found in files_below(images) if isinstance(found, str) and skipped_by_ending(found) is None)
